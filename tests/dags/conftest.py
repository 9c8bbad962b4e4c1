"""A home for each DAG run, and the vendor that it reads from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator, running
from tests.crash.world import VENDOR, World


@pytest.fixture(scope="module")
def vendor() -> Iterator[RunningSimulator]:
    """One vendor for a file; each case has its own account there."""
    with running(VENDOR) as simulator:
        yield simulator


@pytest.fixture
def world(vendor: RunningSimulator, tmp_path: Path, fresh_home: Callable[[Path], Path]) -> World:
    world = World(tmp_path, vendor, tmp_path.name)
    fresh_home(world.home)
    return world
