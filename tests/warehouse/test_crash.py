"""Rule 5 after a kill: publishing the batch again gives what an undisturbed warehouse has."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from include.warehouse import open_warehouse
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS
from tests.warehouse.crashing_publisher import batch, settings_of

CALLS = 19
"""The calls of one publishing: findings 2, stage 5, insert, fill, audit, attach, look-up 3, attach, days 2, drop 2."""
KILLED_BEFORE = (0, 1, 4, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18)
"""All of them but some of the five that make the stage and two of the three look-ups, which are alike."""
FEW, MANY = 36, 24_000

HomeWith = Callable[[int], Path]
Undisturbed = Callable[[int], object]


@pytest.fixture(scope="module")
def published(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> HomeWith:
    """`published(rows)`: a home with a first batch of half as many rows, to be copied."""

    @cache
    def with_half(rows: int) -> Path:
        home = fresh_home(tmp_path_factory.mktemp("published") / "home")
        with open_warehouse(settings_of(home)) as warehouse:
            warehouse.publish("b1", *batch(rows // 2, minute=1))
        return home

    return with_half


@pytest.fixture
def home_with(published: HomeWith, tmp_path: Path) -> HomeWith:
    """`home_with(rows)`: a home of the test's own, to which a batch of that many rows is to be published."""
    return lambda rows: Path(shutil.copytree(published(rows), tmp_path / "home", symlinks=True))


def start(home: Path, rows: int, *kill_at_call: int) -> Forked:
    arguments = [str(home), str(rows), *map(str, kill_at_call)]
    return Forked("tests.warehouse.crashing_publisher", arguments, os.environ, pipes=True)


@pytest.fixture(scope="module")
def undisturbed(published: HomeWith, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """`undisturbed(rows)`: what publishing counts, and what the warehouse then has."""

    @cache
    def whole(rows: int) -> object:
        home = Path(shutil.copytree(published(rows), tmp_path_factory.mktemp("whole") / "home", symlinks=True))
        return repaired(home, rows)

    return whole


@cache
def second_batch(rows: int) -> tuple[Any, Any, Any]:
    return batch(rows, minute=2)


def repaired(home: Path, rows: int) -> object:
    """Publishes the batch again, and checks that nothing of the stage is left."""
    with open_warehouse(settings_of(home)) as warehouse:
        published = warehouse.publish("b2", *second_batch(rows))
        stages = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'stage_')"
        assert warehouse.query_rows(stages)[1] == [(0,)]
        return published, warehouse.checksums()


@pytest.mark.parametrize("call", KILLED_BEFORE)
def test_a_kill_before_any_step_is_repaired_by_publishing_again(
    home_with: HomeWith, call: int, undisturbed: Undisturbed
):
    home = home_with(FEW)
    process = start(home, FEW, call)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (output, process.returncode) == ("publishing\n", -signal.SIGKILL)
    assert repaired(home, FEW) == undisturbed(FEW)


def test_all_steps_are_covered(home_with: HomeWith):
    output, _ = start(home_with(FEW), FEW, CALLS).communicate(timeout=PATIENCE_SECONDS)
    assert output == "publishing\npublished\n"


@pytest.mark.parametrize("delay_seconds", [0.02, 0.06, 0.12, 0.2])
def test_a_kill_inside_a_step_is_repaired_by_publishing_again(
    home_with: HomeWith, delay_seconds: float, undisturbed: Undisturbed
):
    home = home_with(MANY)
    process = start(home, MANY)
    assert process.stdout is not None
    assert process.stdout.readline() == "publishing\n"
    time.sleep(delay_seconds)
    process.kill()
    process.communicate()
    assert repaired(home, MANY) == undisturbed(MANY)
