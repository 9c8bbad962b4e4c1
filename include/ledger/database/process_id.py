"""The name of a process in the ledger, and whether that process is still alive.

Leases, reservations and batches name their owner with it. The start of a process is read from /proc in ticks since
boot: psutil gives it by the wall clock, and a clock that is set would make living processes look dead.
"""

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
"""Fields of /proc/PID/stat, counted after the program's name: state, and start in ticks since boot (proc(5))."""
_ZOMBIE = "Z"
_MACHINES_OWN_NAMESPACE = "pid:[4026531836]"
"""The PID namespace of the host's own processes on Linux; each container has another."""


class _Process(NamedTuple):
    """The parts of a process id. `place` is `host:machine:pid namespace`, since containers may share host names."""

    place: str
    boot: str
    pid: str
    start: str


def this_process() -> str:
    """This process as `place/boot/pid/start`; no other process ever has the same id."""
    return _name_of(os.getpid())


def place_of(process_id: str) -> str:
    """The machine or container in which the process runs; all processes there share one clock."""
    return _read(process_id).place


def is_dead(process_id: str) -> bool:
    """True when the process has certainly ended, or this machine has rebooted since.

    False for a process on another host or in another container: only the end of its lease decides.
    """
    named = _read(process_id)
    if is_here(process_id):
        return _start_of(int(named.pid)) != named.start
    return named.place == _place() and _outlasts_boots(named.place)


def is_here(process_id: str) -> bool:
    """True when this process can see the other one, or could while it ran."""
    named = _read(process_id)
    return (named.place, named.boot) == (_place(), _boot())


def is_forsaken(process_id: str, since: datetime, now: datetime, patience: timedelta) -> bool:
    """True when the process is dead, or cannot be seen from here and was silent for longer than `patience`."""
    return is_dead(process_id) or (not is_here(process_id) and now - since > patience)


def process_of(process_id: str) -> tuple[str, int]:
    """The host name and the PID."""
    named = _read(process_id)
    return named.place.split(":")[0], int(named.pid)


def _read(process_id: str) -> _Process:
    return _Process(*process_id.split("/", 3))


@lru_cache(maxsize=4)
def _name_of(pid: int) -> str:
    return f"{_place()}/{_boot()}/{pid}/{_start_of(pid)}"


@lru_cache(maxsize=1)
def _place() -> str:
    machine = _MACHINE_ID.read_text().strip()[:12] if _MACHINE_ID.exists() else ""
    namespace = os.readlink(_PID_NAMESPACE) if _PID_NAMESPACE.exists() else ""
    return f"{socket.gethostname()}:{machine}:{namespace}"


def _outlasts_boots(place: str) -> bool:
    """True when the place is a machine with an id of its own, not a container."""
    _, machine, namespace = place.split(":", 2)
    return bool(machine) and namespace == _MACHINES_OWN_NAMESPACE


@lru_cache(maxsize=1)
def _boot() -> str:
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""


def _start_of(pid: int) -> str | None:
    """Start in ticks since boot, which no change of the clock moves; None when the process has ended."""
    if not _PROCESSES.joinpath("self", "stat").exists():
        return _start_by_the_clock(pid)
    try:
        stat = _PROCESSES.joinpath(str(pid), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the program's name before it may hold spaces
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
