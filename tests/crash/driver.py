"""`./oi` with one thing going wrong in it: `driver.py DISASTER POINT CALL oi-arguments...`.

The point's function is wrapped, then the command line runs as usual. The validation process starts through this file
too, so that points in it can be reached. With the disaster `none`, only the pid of that process is noted.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from include.ledger.database import dialects
from tests.crash.disasters import BUSY_SECONDS, WORKER_PID, armed
from tests.crash.points import POINTS
from tests.forked import Forked

WORKER = "include.pipeline.steps.validate.worker"


def start_worker_through_here(arguments: list[str]) -> None:
    """Starts the validation process as `driver.py worker ...`, and notes its pid."""
    popen: Any = subprocess.Popen

    def started(command: list[str], **options: Any) -> Any:
        if command[1:] != ["-m", WORKER]:
            return popen(command, **options)
        its_arguments = ["worker", *arguments]
        process = Forked("tests.crash.driver", its_arguments, os.environ, pipes=True, as_bytes=True, from_here=True)
        Path(os.environ[WORKER_PID]).write_text(str(process.pid))
        return process

    subprocess.Popen = started  # type: ignore[assignment, misc] # a function for a class


def main() -> None:
    """Arms the disaster in the process where its point lies, then runs the product."""
    in_worker = sys.argv[1] == "worker"
    disaster, name, call = (sys.argv[2:] if in_worker else sys.argv[1:])[:3]
    with ExitStack() as stack:
        if disaster != "none" and (POINTS[name].where == "worker") == in_worker:
            stack.enter_context(armed(POINTS[name], int(call), disaster))
        if in_worker:
            sys.argv = [WORKER]
            runpy.run_module(WORKER, run_name="__main__")
            return
        if os.environ.get(BUSY_SECONDS):
            dialects.BUSY_TIMEOUT_SECONDS = int(os.environ[BUSY_SECONDS])
        start_worker_through_here([disaster, name, call])
        sys.argv = ["oi", *sys.argv[4:]]
        runpy.run_module("include.cli", run_name="__main__")


if __name__ == "__main__":
    main()
