from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator, running
from tests.crash.contents import Contents, contents_of
from tests.crash.world import VENDOR, World


@pytest.fixture(scope="session")
def vendor() -> Iterator[RunningSimulator]:
    """One vendor; each case has its own account there."""
    with running(VENDOR) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def undisturbed_world(
    vendor: RunningSimulator, tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]
) -> World:
    world = World(tmp_path_factory.mktemp("undisturbed"), vendor, "undisturbed")
    fresh_home(world.home)
    answer = world.load()
    assert answer.code == 0, answer.err
    return world


@pytest.fixture(scope="session")
def undisturbed(undisturbed_world: World) -> Contents:
    """The contents that any other load of the day must end with."""
    return contents_of(undisturbed_world)


@pytest.fixture
def new_world(vendor: RunningSimulator, tmp_path: Path, fresh_home: Callable[[Path], Path]) -> Callable[..., World]:
    def make(**more: float) -> World:
        world = World(tmp_path, vendor, tmp_path.name, **more)  # type: ignore[arg-type] # fields of several types
        if world.server_port is None:  # with a server the home holds no warehouse
            fresh_home(world.home)
        return world

    return make


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world()
