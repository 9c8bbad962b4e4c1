"""Rule 5 after a kill: publishing the batch again gives what an undisturbed warehouse has."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from include.warehouse import open_warehouse
from tests.forked import Forked
from tests.warehouse.crashing_publisher import batch, settings_of

CALLS = 18
"""The calls of one publishing: findings 2, stage 5, insert, fill, audit, attach, look-up 2, attach, days 2, drop 2."""
KILLED_BEFORE = (0, 1, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17)
"""All of them but some of the five that make the stage and one of the two look-ups, which are alike."""
FEW, MANY = 36, 24_000

FreshHome = Callable[[Path], Path]
Undisturbed = Callable[[int], object]


@pytest.fixture
def home(fresh_home: FreshHome, tmp_path: Path) -> Path:
    return fresh_home(tmp_path / "home")


def start(home: Path, rows: int, *kill_at_call: int) -> Forked:
    arguments = [str(home), str(rows), *map(str, kill_at_call)]
    return Forked("tests.warehouse.crashing_publisher", arguments, os.environ, pipes=True)


@pytest.fixture(scope="module")
def undisturbed(fresh_home: FreshHome, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], object]:
    """`undisturbed(rows)`: what publishing counts, and what the warehouse then has."""

    @cache
    def whole(rows: int) -> object:
        home = fresh_home(tmp_path_factory.mktemp("whole") / "home")
        with open_warehouse(settings_of(home)) as warehouse:
            warehouse.publish("b1", *batch(rows // 2, minute=1))
        return repaired(home, rows)

    return whole


def repaired(home: Path, rows: int) -> object:
    """Publishes the batch again, and checks that nothing of the stage is left."""
    with open_warehouse(settings_of(home)) as warehouse:
        published = warehouse.publish("b2", *batch(rows, minute=2))
        stages = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'stage_')"
        assert warehouse.query_rows(stages)[1] == [(0,)]
        return published, warehouse.checksums()


@pytest.mark.parametrize("call", KILLED_BEFORE)
def test_a_kill_before_any_step_is_repaired_by_publishing_again(home: Path, call: int, undisturbed: Undisturbed):
    process = start(home, FEW, call)
    output, _ = process.communicate(timeout=120)
    assert (output, process.returncode) == ("publishing\n", -signal.SIGKILL)
    assert repaired(home, FEW) == undisturbed(FEW)


def test_all_steps_are_covered(home: Path):
    output, _ = start(home, FEW, CALLS).communicate(timeout=120)
    assert output == "publishing\npublished\n"


@pytest.mark.parametrize("delay_seconds", [0.02, 0.06, 0.12, 0.2])
def test_a_kill_inside_a_step_is_repaired_by_publishing_again(
    home: Path, delay_seconds: float, undisturbed: Undisturbed
):
    process = start(home, MANY)
    assert process.stdout is not None
    assert process.stdout.readline() == "publishing\n"
    time.sleep(delay_seconds)
    process.kill()
    process.communicate()
    assert repaired(home, MANY) == undisturbed(MANY)
