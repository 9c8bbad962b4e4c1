from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.simulator.clock import SimulatorClock
from include.simulator.config import SimulatorConfig


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"plan": "gold"}, "plan 'gold' is not one of free, pro, business"),
        ({"now": datetime.fromisoformat("2026-03-08")}, "no time zone"),
        ({"data": Path("/nowhere/at/all")}, "does not exist"),
    ],
)
def test_a_setting_that_cannot_work_is_named(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SimulatorConfig(**settings)


def test_importing_the_server_loads_neither_numpy_nor_a_web_framework() -> None:
    code = (
        "import sys, include.simulator.server; print([m for m in ('numpy', 'pandas', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_pinned_clock_stands_still_until_it_is_released() -> None:
    pinned = datetime(2026, 3, 8, tzinfo=UTC)
    clock = SimulatorClock(pinned)
    assert clock.now() == clock.now() == pinned
    clock.pin(pinned + timedelta(hours=1))
    assert clock.now() == pinned + timedelta(hours=1)
    clock.pin(None)
    assert clock.now() > pinned + timedelta(days=30)
