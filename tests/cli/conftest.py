"""The command line as its users meet it: `./oi` in a process of its own, with a fresh OI_HOME."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator, running
from tests import clock
from tests.cli.oi import DAY_AFTER, KEY, Oi


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def oi(home: Path) -> Oi:
    """`./oi` without a key and without an API."""
    return Oi(home, {})


@pytest.fixture
def oi_with_home(home: Path, fresh_home: Callable[[Path], Path]) -> Oi:
    """`./oi` with an empty ledger and an empty warehouse, without a key and without an API."""
    return Oi(fresh_home(home), {})


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    """A vendor on the day after; `./oi` runs at the moment that it shows."""
    assert DAY_AFTER.now is not None
    clock.move_to(DAY_AFTER.now)
    with running(DAY_AFTER) as started:
        yield started
    clock.move_to(clock.default())


@pytest.fixture
def oi_with_api(home: Path, simulator: RunningSimulator, fresh_home: Callable[[Path], Path]) -> Oi:
    """`./oi` with a key for the simulator."""
    return Oi(fresh_home(home), {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": KEY})
