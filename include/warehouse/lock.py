"""One holder at a time: an advisory lock on a file, freed by the system when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from include.domain.next_step import NextStep
from include.warehouse.errors import WarehouseError

POLL_SECONDS = 0.05


@contextmanager
def file_lock(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Holds `path` exclusively; other threads count as other holders, and so does a second call in one thread.

    Raises WarehouseError, naming the holder's process id, when it is not free within `timeout_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, timeout_seconds)
        _write_holder(descriptor)
        try:
            yield
        finally:
            # Not left to close(): a forked child would share the lock and keep it.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise WarehouseError(_busy(path, timeout_seconds), next_step=NextStep.RETRY) from None
            time.sleep(POLL_SECONDS)


def _write_holder(descriptor: int) -> None:
    with suppress(OSError):  # it shows people who holds it: a full disk is no reason not to read
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _busy(path: Path, timeout_seconds: float) -> str:
    pid = path.read_text().strip()
    if pid == str(os.getpid()):
        holder = f"this process ({pid}), which opened it in another thread or has not closed it"
    else:
        holder = f"process {pid}" if pid else "another process"
    return (
        f"the embedded warehouse is open in {holder}; waited {timeout_seconds:g} s for {path}. "
        "It is freed when that process ends or closes it: wait and repeat, raise warehouse.lock_timeout_seconds, "
        "or set CLICKHOUSE_HOST to a server, which many processes can use at once"
    )
