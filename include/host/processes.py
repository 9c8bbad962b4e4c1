"""What other processes of this machine do."""

from __future__ import annotations


def is_stopped(pid: int) -> bool:
    """True when a process that can be seen from here is suspended (SIGSTOP, Ctrl-Z, a debugger)."""
    import psutil

    try:
        status: str = psutil.Process(pid).status()
    except psutil.Error:
        return False
    return status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def how_to_continue(pid: int) -> str:
    """The part of a message that says how a suspended process continues."""
    return f"is stopped: `kill -CONT {pid}` lets it continue, as `fg` does in the shell that started it"
