"""Disasters at a point of the product: the point's function is wrapped, and the product does not know.

kill         SIGKILL to this process
kill_both    SIGKILL to the validation process while it runs, then to this one, as when the machine dies
kill_parent  SIGKILL to the process that started this one
interrupt    SIGINT to this process, as Ctrl-C
freeze       SIGSTOP to this process: it lives and does nothing
disk_full    the call fails because the disk is full
fill_disk    fills the disk of OI_HOME, which ought to be a small one
kill_server  SIGKILL to the ClickHouse server
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.crash.points import Point

Strike = tuple[str, int, str]
"""Point, call and disaster of one try of a task."""

WORKER_PID = "OI_TEST_WORKER_PID"
"""The environment variable that names the file for the pid of the validation process."""
BUSY_SECONDS = "OI_TEST_BUSY_SECONDS"
"""The environment variable that shortens the patience with a locked ledger."""
BALLAST = "ballast"
"""The file in OI_HOME that fills its disk."""
SERVER_PID = "OI_TEST_SERVER_PID"
"""The environment variable with the pid of the ClickHouse server."""


def _disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _kill_both() -> None:
    """Kills children rather than the noted pid: near the end of a load, another process may have that pid."""
    import psutil

    for worker in psutil.Process().children():
        worker.kill()
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze() -> None:
    """Stops this thread: sent to the process, the signal may reach another thread first."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _fill_disk() -> None:
    with open(Path(os.environ["OI_HOME"]) / BALLAST, "wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while ballast.write(bytes(size)):
                    pass


DISASTERS: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill_both": _kill_both,
    "kill_parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
    "freeze": _freeze,
    "disk_full": _disk_full,
    "fill_disk": _fill_disk,
    "kill_server": lambda: os.kill(int(os.environ[SERVER_PID]), signal.SIGKILL),
}


@contextmanager
def armed(point: Point, call: int, disaster: str) -> Iterator[None]:
    """A block in which the disaster happens at the `call`-th call of the point's function, once per process."""
    module, _, path = point.target.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for one in owners:
        owner = getattr(owner, one)
    function = getattr(owner, name)
    calls = itertools.count(1)

    @wraps(function)
    def struck(*arguments: Any, **named: Any) -> Any:
        due = next(calls) == call
        if due and point.moment == "before":
            DISASTERS[disaster]()
        result = function(*arguments, **named)
        if due and point.moment == "after":
            DISASTERS[disaster]()
        return result

    setattr(owner, name, struck)
    try:
        yield
    finally:
        setattr(owner, name, function)
