"""Limits that the system sets to a process, against what a run and the embedded engine need."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ADDRESS_SPACE_KIB, DATA_KIB = 2_500_000, 800_000
"""What a small load with the embedded engine needs, with room for more; most of it is reserved and never used."""
AIRFLOW_ADDRESS_SPACE_KIB = 4_000_000
"""The same where Airflow runs the steps; with 3,000,000 the demo got no more threads and hung."""
FILE_KIB = 65_536
"""What a file of a run may grow to: a database, a part of the warehouse, a log."""
THREADS, AIRFLOW_THREADS = 64, 128
"""What a run with its processes and the engine starts, on a machine of some cores; what Airflow starts beside it."""
_HARDLY_LIMITED = 4096


def memory_problem(address_space_kib: int = ADDRESS_SPACE_KIB) -> str | None:
    """What is wrong where the limits are below what the embedded engine reserves; None where they are not.

    The engine cannot be stopped while it starts: with less it fails under other names, kills the process, or hangs.
    """
    bounds = (
        (resource.RLIMIT_AS, "ulimit -v", address_space_kib),
        (resource.RLIMIT_DATA, "ulimit -d", DATA_KIB),
    )
    for limit, name, needed_kib in bounds:
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY and soft < needed_kib * 1024:
            return (
                f"a process may reserve {soft // 1024:,} KiB of memory here ({name}), and the embedded warehouse needs "
                f"{needed_kib:,}; raise the limit, or name a server with CLICKHOUSE_HOST"
            )
    return None


def file_size_problem() -> str | None:
    """What is wrong where a file may not grow to FILE_KIB: a database that is cut off there is damaged."""
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if soft == resource.RLIM_INFINITY or soft >= FILE_KIB * 1024:
        return None
    return (
        f"a file may hold {soft // 1024:,} KiB here (ulimit -f), and a run needs {FILE_KIB:,}; "
        "run 'ulimit -f unlimited' first, or raise the limit of the service or the container"
    )


def threads_problem(needed: int = THREADS) -> str | None:
    """What is wrong where that many threads cannot be started; where a low limit is set, they are.

    The limit of a user counts the threads of all its processes, that of a container those of all its users.
    """
    if not any(limit < _HARDLY_LIMITED for limit in _thread_limits()):
        return None
    gate = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(needed):
            thread = threading.Thread(target=gate.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:
        return (
            f"only {len(started)} more threads can be started here, and a run needs {needed}; raise the limit of "
            "threads and processes (ulimit -u, or pids_limit of the container), or end other programs of this user"
        )
    finally:
        gate.set()
        for thread in started:
            thread.join()
    return None


def _thread_limits() -> Iterator[int]:
    """The limits of this user, and of each control group that this process is in, as far as they are set."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft != resource.RLIM_INFINITY:
        yield soft
    for group in _control_groups():
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # it says "max" where nothing is set
                yield int((folder / "pids.max").read_text())


def _control_groups() -> Iterator[Path]:
    root = Path("/sys/fs/cgroup")
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kind, group = line.split(":", 2)
            if kind in ("", "pids"):
                yield root / kind / group.lstrip("/")
