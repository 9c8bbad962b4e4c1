"""A power cut: only what was on the disk at that moment remains, and the next load resumes from there."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from include.simulator.server import RunningSimulator
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.disk_image import DiskImage, needs_disk_images
from tests.crash.world import REQUESTS, World
from tests.patience import PATIENCE_SECONDS

pytestmark = needs_disk_images
POINTS = ("reserved", "committed", "batch_cut", "staged", "half_settled", "before_marts")


@pytest.fixture
def world(vendor: RunningSimulator, fresh_home: Callable[[Path], Path], tmp_path: Path) -> Iterator[World]:
    """A world on its own disk, which was begun long ago."""
    with DiskImage(tmp_path / "disk") as disk:
        world = World(disk.folder, vendor, tmp_path.name)
        fresh_home(world.home)
        disk.keep()
        yield world


def disk_of(world: World) -> DiskImage:
    return DiskImage(world.folder.with_suffix(""))


@contextmanager
def standing_still(world: World, point: str) -> Iterator[None]:
    """A load that stops at the point."""
    process = world.start(point, "freeze")
    until = time.monotonic() + PATIENCE_SECONDS
    while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
        assert process.poll() is None, f"the load ended before it came to {point}"
        assert time.monotonic() < until
        time.sleep(0.02)
    yield
    psutil.Process(process.pid).send_signal(signal.SIGKILL)
    world.finish(process)


def check_goes_on(cut: DiskImage, world: World, undisturbed: Contents) -> None:
    with cut:
        after = World(cut.folder, world.vendor, world.name)
        after.lost = after.in_flight()
        again = after.load()

        assert again.code == 0, again.err
        assert differences(after, undisturbed) == {}
        assert loose_ends(after) == {}
        assert after.paid_requests - REQUESTS <= len(after.lost)


def test_rule_3_what_is_loaded_outlasts_a_power_cut(world: World, undisturbed: Contents, tmp_path: Path) -> None:
    assert world.load().code == 0
    check_goes_on(disk_of(world).copy(tmp_path / "cut"), world, undisturbed)


@pytest.mark.parametrize("point", [pytest.param(one, marks=[pytest.mark.soak] * (one != "staged")) for one in POINTS])
def test_rule_1_a_power_cut_at_any_point_costs_what_was_in_flight(
    point: str, world: World, undisturbed: Contents, tmp_path: Path
) -> None:
    with standing_still(world, point):
        cut = disk_of(world).copy(tmp_path / "cut")
    check_goes_on(cut, world, undisturbed)
