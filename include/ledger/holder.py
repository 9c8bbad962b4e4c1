"""Who holds a lease: a process on a host, and whether it still lives."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """This process's name in the ledger: `host/boot/pid/start`, never used again by another process."""
    return _name_of(os.getpid())


def is_dead(holder: str) -> bool:
    """True when `holder` certainly no longer runs: it was on this host and its process is gone.

    A holder on another host is never called dead here; its lease has to run out.
    """
    host, _, rest = holder.partition("/")
    boot, _, process = rest.partition("/")
    if host != _host():
        return False
    if boot != _boot():
        return True
    pid, _, start = process.partition("/")
    return _start_of(int(pid)) != start


def is_here(holder: str) -> bool:
    """True when `holder` is, or was, a process of this host."""
    return holder.partition("/")[0] == _host()


def is_forsaken(holder: str, since: datetime, now: datetime, patience: timedelta) -> bool:
    """True when nobody will go on for `holder`: it is dead, or it is on another host and silent for so long."""
    return is_dead(holder) or (not is_here(holder) and now - since > patience)


@lru_cache(maxsize=4)
def _name_of(pid: int) -> str:
    return f"{_host()}/{_boot()}/{pid}/{_start_of(pid)}"


def _host() -> str:
    return socket.gethostname()


@lru_cache(maxsize=1)
def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _start_of(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
