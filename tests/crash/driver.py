"""`./oi` with one thing going wrong in it: `driver.py DISASTER POINT CALL oi-arguments...`.

The product knows nothing of this: the function of the point is wrapped, then the command line runs as ever. The
validation process is started through this file too, so that points inside it can be reached. Disasters:

kill         SIGKILL to this process
kill_both    SIGKILL to the validation process, then to this one, as when the machine dies
kill_parent  SIGKILL to the process that started this one
interrupt    SIGINT to this process, as Ctrl-C
freeze       SIGSTOP to this process: it lives, and does nothing
disk_full    the call fails for want of space
none         nothing; only the pid of the validation process is noted
"""

from __future__ import annotations

import errno
import itertools
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.crash.points import POINTS, Point

WORKER = "include.pipeline.worker"
WORKER_PID = "OI_TEST_WORKER_PID"
"""The environment variable that names the file for the pid of the validation process."""
BUSY_SECONDS = "OI_TEST_BUSY_SECONDS"
"""The environment variable that shortens the patience with a locked ledger."""


def _disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _kill_both() -> None:
    os.kill(int(Path(os.environ[WORKER_PID]).read_text()), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


DISASTERS: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill_both": _kill_both,
    "kill_parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT),
    "freeze": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "disk_full": _disk_full,
}


def strike(point: Point, call: int, disaster: Callable[[], None]) -> None:
    """Lets the disaster happen at the `call`-th call of the point's function, once."""
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
            disaster()
        result = function(*arguments, **named)
        if due and point.moment == "after":
            disaster()
        return result

    setattr(owner, name, struck)


def start_worker_through_here(arguments: list[str]) -> None:
    """The validation process is started as `driver.py worker ...`, and its pid is noted."""
    popen = subprocess.Popen

    def started(command: list[str], **options: Any) -> subprocess.Popen[str]:
        if command[1:] == ["-m", WORKER]:
            command = [command[0], "-m", "tests.crash.driver", "worker", *arguments]
            process = popen(command, **options)
            Path(os.environ[WORKER_PID]).write_text(str(process.pid))
            return process
        return popen(command, **options)

    subprocess.Popen = started  # type: ignore[assignment, misc]


def main() -> None:
    """Arms the disaster in the process where its point lies, then runs the product."""
    in_worker = sys.argv[1] == "worker"
    disaster, name, call = (sys.argv[2:] if in_worker else sys.argv[1:])[:3]
    if disaster != "none" and (POINTS[name].where == "worker") == in_worker:
        strike(POINTS[name], int(call), DISASTERS[disaster])
    if in_worker:
        sys.argv = [WORKER]
        runpy.run_module(WORKER, run_name="__main__")
        return
    if os.environ.get(BUSY_SECONDS):
        setattr(import_module("include.ledger.engine"), "BUSY_TIMEOUT_SECONDS", int(os.environ[BUSY_SECONDS]))  # noqa: B010
    start_worker_through_here([disaster, name, call])
    sys.argv = ["oi", *sys.argv[4:]]
    runpy.run_module("include.cli", run_name="__main__")


if __name__ == "__main__":
    main()
