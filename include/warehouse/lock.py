"""One holder at a time of the embedded warehouse."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from include.domain.next_step import NextStep
from include.host.processes import how_to_continue, is_stopped
from include.warehouse.errors import WarehouseError


@contextmanager
def file_lock(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Holds `path` exclusively; other threads count as other holders, and so does a second call in one thread.

    The system frees the lock when its holder dies. Raises WarehouseError, naming the holder's process id, when it is
    not free within `timeout_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = _lock(path, on_acquired=_write_holder)
    try:
        _acquire(lock, path, timeout_seconds)
    except Timeout as error:
        raise WarehouseError(_busy(path, Path(error.lock_file), timeout_seconds), next_step=NextStep.RETRY) from None
    try:
        yield
    finally:
        lock.release()


def is_awaited(path: Path) -> bool:
    """True while another process, or another thread, waits for this lock."""
    turnstile = _lock(_turnstile_of(path))
    try:
        turnstile.acquire(timeout=0)
    except Timeout:
        return True
    turnstile.release()
    return False


def _acquire(lock: BaseFileLock, path: Path, timeout_seconds: float) -> None:
    """Takes the turnstile first: a holder sees there that others wait, and queues behind them when it comes back."""
    until = time.monotonic() + timeout_seconds
    turnstile = _lock(_turnstile_of(path), on_acquired=_write_holder)
    with turnstile.acquire(timeout=timeout_seconds):
        lock.acquire(timeout=max(0.0, until - time.monotonic()))


def _lock(path: Path, on_acquired: Callable[[int], None] | None = None) -> BaseFileLock:
    return FileLock(
        path,
        mode=0o600,
        thread_local=False,  # another thread may close the warehouse
        fallback_to_soft=False,  # a soft lock outlives a killed holder
        on_acquired=on_acquired,
    )


def _turnstile_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _write_holder(descriptor: int) -> None:
    with suppress(OSError):  # the id is for messages only: a full disk must not prevent reading
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _busy(path: Path, waited_for: Path, timeout_seconds: float) -> str:
    """Why `path` was not free; `waited_for` is the lock or its turnstile."""
    if waited_for != path and _is_suspended(pid := _holder_of(waited_for)):
        holder = f"kept by process {pid}, the next in line, which {how_to_continue(int(pid))}"
    else:
        pid = _holder_of(path)
        holder = f"open in {_described(pid)}"
    return (
        f"the embedded warehouse is {holder}; waited {timeout_seconds:g} s for {path}. "
        "It is freed when that process ends or closes it: wait and repeat, raise warehouse.lock_timeout_seconds, "
        "or set CLICKHOUSE_HOST to a server, which many processes can use at once"
    )


def _described(pid: str) -> str:
    if pid == str(os.getpid()):
        return f"this process ({pid}), which opened it in another thread or has not closed it"
    if _is_suspended(pid):
        return f"process {pid}, which {how_to_continue(int(pid))}"
    return f"process {pid}" if pid else "another process"


def _holder_of(path: Path) -> str:
    return path.read_text().strip()


def _is_suspended(pid: str) -> bool:
    return pid.isdecimal() and is_stopped(int(pid))
