"""Who holds a lease: a process on a host, and whether it still lives."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID = Path("/etc/machine-id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_PROCESSES = Path("/proc")
_STATE, _STARTED = 0, 19
"""Places in /proc/PID/stat after the program's name: the state, and the ticks from boot to the start (proc(5))."""
_ZOMBIE = "Z"
_MACHINES_OWN_NAMESPACE = "pid:[4026531836]"
"""Linux gives the machine's own processes this one, and each container another."""


class _Holder(NamedTuple):
    """`place` is where `pid` means something: `host:machine:pid namespace`, for containers may share host names."""

    place: str
    boot: str
    pid: str
    start: str


def this_process() -> str:
    """This process's name in the ledger: `place/boot/pid/start`, never used again by another process."""
    return _name_of(os.getpid())


def place_of(holder: str) -> str:
    """The machine or container in which the process runs: all processes there share one clock."""
    return _read(holder).place


def is_dead(holder: str) -> bool:
    """True when `holder` certainly no longer runs: its process is gone from here, or this machine was started anew.

    A holder on another host or in another container is never called dead here; its lease has to run out.
    """
    named = _read(holder)
    if is_here(holder):
        return _start_of(int(named.pid)) != named.start
    return named.place == _place() and _outlasts_boots(named.place)


def is_here(holder: str) -> bool:
    """True when `holder` is, or was, a process that would be seen from this one."""
    named = _read(holder)
    return (named.place, named.boot) == (_place(), _boot())


def is_forsaken(holder: str, since: datetime, now: datetime, patience: timedelta) -> bool:
    """True when nobody will go on for `holder`: it is dead, or it is out of sight and silent for so long."""
    return is_dead(holder) or (not is_here(holder) and now - since > patience)


def process_of(holder: str) -> tuple[str, int]:
    """The host and the process id of a holder."""
    named = _read(holder)
    return named.place.split(":")[0], int(named.pid)


def is_stopped(holder: str) -> bool:
    """True when a holder that would be seen from here is suspended (SIGSTOP, Ctrl-Z, a debugger)."""
    import psutil

    try:
        status: str = psutil.Process(process_of(holder)[1]).status()
    except psutil.Error:
        return False
    return status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def _read(holder: str) -> _Holder:
    return _Holder(*holder.split("/", 3))


@lru_cache(maxsize=4)
def _name_of(pid: int) -> str:
    return f"{_place()}/{_boot()}/{pid}/{_start_of(pid)}"


@lru_cache(maxsize=1)
def _place() -> str:
    machine = _MACHINE_ID.read_text().strip()[:12] if _MACHINE_ID.exists() else ""
    namespace = os.readlink(_PID_NAMESPACE) if _PID_NAMESPACE.exists() else ""
    return f"{socket.gethostname()}:{machine}:{namespace}"


def _outlasts_boots(place: str) -> bool:
    """True when the place is a machine that can be told from all others, and no container on one."""
    _, machine, namespace = place.split(":", 2)
    return bool(machine) and namespace == _MACHINES_OWN_NAMESPACE


@lru_cache(maxsize=1)
def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _start_of(pid: int) -> str | None:
    """When it began, by a clock that nobody sets; None when it has ended."""
    if not _PROCESSES.joinpath("self", "stat").exists():
        return _start_by_the_clock(pid)
    try:
        stat = _PROCESSES.joinpath(str(pid), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # what stands before is the program's name, spaces and all
    return None if fields[_STATE] == _ZOMBIE else fields[_STARTED]


def _start_by_the_clock(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
