"""The clock of the tests: a test sets it, and it ticks, in this process and in the Python processes that it starts.

`time.time`, `datetime.now` and their like are moved, and the machine's uptime with them; `time.monotonic`, timeouts and
sleeps stay real. So do the clocks of engines (`now()` in ClickHouse and PostgreSQL) and of files (`mtime`): data for
those are made around `real_now()`.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

from include.domain import clock
from include.domain.clock import utc_now

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""When tests begin unless OI_TESTS_NOW or the test says otherwise: in the middle of a month, later than all data."""
_BOOTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
NOW = "OI_TESTS_NOW"
"""The environment variable with another default moment, ISO 8601 (`make test-dates`)."""
AHEAD = "OI_TESTS_CLOCK_AHEAD_NS"
"""The environment variable that started processes follow: how far the tests' clock is ahead of the real one, in ns."""
PYTHON_PATH = os.pathsep.join(str(folder) for folder in (ROOT / "tests" / "child_clock", ROOT, ROOT / "plugins"))
"""PYTHONPATH of processes that follow this clock: its first folder has a `sitecustomize` that calls `follow`."""


def _imported() -> ModuleType:
    """time_machine, which would import pytest for its plugin and dateutil for texts: a child needs neither."""
    unwanted = {"pytest", "dateutil.parser"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(unwanted))  # type: ignore[arg-type] # None makes an import fail
    import time_machine

    for name in unwanted:
        del sys.modules[name]
    return time_machine


time_machine = _imported()


def move_to(moment: datetime) -> None:
    """This process, and those it starts from now on, are at `moment` and tick."""
    os.environ.update(at(moment))
    follow()


def at(moment: datetime) -> dict[str, str]:
    """The environment of a process that begins at `moment`."""
    return {AHEAD: str(round(moment.timestamp() * 1e9) - _real_ns())}


def environment() -> dict[str, str]:
    """What a process needs to follow this clock, for one that does not inherit the environment of this one."""
    return {AHEAD: os.environ[AHEAD], "PYTHONPATH": PYTHON_PATH}


def follow(environment: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """This process has the clock of the one that gave it `environment`; the real one if that says nothing."""
    if environment.get(AHEAD):
        _move(int(environment[AHEAD]))


def now() -> datetime:
    """The present moment of the tests, UTC, whole milliseconds as in the product."""
    return utc_now()


def real_now() -> datetime:
    """The present moment of engines and files, UTC, whole milliseconds."""
    return datetime.fromtimestamp(_real_ns() // 1_000_000 / 1000, UTC)


def default() -> datetime:
    """When tests begin, UTC."""
    given = os.environ.get(NOW)
    return datetime.fromisoformat(given).astimezone(UTC) if given else DEFAULT


def _move(ahead_ns: int) -> None:
    destination = (_real_ns() + ahead_ns) / 1e9  # a number: an aware datetime would set the time zone, too
    if time_machine.traveller_stack:
        traveller = time_machine.traveller_stack[-1]
        traveller.move_to(destination)
    else:
        traveller = time_machine.travel(destination).start()
    traveller.time_ns()  # it ticks from the first look
    clock.uptime = uptime


def uptime() -> timedelta:
    """The machine's uptime by this clock: moving the clock means that time has passed, not that somebody set it."""
    return utc_now() - _BOOTED_AT


def _real_ns() -> int:
    hatch = time_machine.escape_hatch
    return int(hatch.time.time_ns() if hatch.is_travelling() else time.time_ns())
