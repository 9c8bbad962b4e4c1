"""`./oi` in a process of its own: a fork of one that has imported the libraries, which begins in tenths of a second.

As the launcher starts it, with its validation process, it is tested where it is launched from elsewhere, interrupted,
or shows the demo.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.configuration.variables import ENVIRONMENT
from include.host.environment import without_secrets
from include.simulator.config import SimulatorConfig
from tests.crash.disasters import WORKER_PID
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "oi"
COMMAND = (sys.executable, "-P", "-m", "include.cli")
"""What the launcher starts, with the PYTHONPATH that this process has, and so at the moment of the test."""
OURS = (*ENVIRONMENT, "OI_HOME", "OI_CONFIG", "OI_TRACEBACK")
SILENCED = dict.fromkeys(OURS, "")  # set to nothing, so that a developer's .env says nothing either
KEY = "kwery_test_business_tests"
DAY_AFTER = SimulatorConfig(now=datetime(2026, 3, 9, 6, tzinfo=UTC))
"""The vendor when every bucket of 2026-03-07, the day that the tests load, is final."""


@dataclass(frozen=True)
class Answer:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Oi:
    """Runs `./oi` in `home`."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str, cwd: Path = ROOT, launcher: Path = LAUNCHER, **more: str) -> Answer:
        environment = {**without_secrets(os.environ), **SILENCED, "OI_HOME": str(self.home), **self.environment, **more}
        if (cwd, launcher) == (ROOT, LAUNCHER) and arguments[0] != "demo":
            return self._forked(arguments, environment)
        command = [*(COMMAND if launcher == LAUNCHER else [str(launcher)]), *arguments]
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def _forked(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Answer:
        environment[WORKER_PID] = os.devnull
        process = Forked("tests.crash.driver", ["none", "planned", "1", *arguments], environment)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode is not None
        return Answer(process.returncode, out, err)
