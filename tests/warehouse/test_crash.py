"""Rule 5 after a kill: publishing the batch again gives what an undisturbed warehouse has."""

from __future__ import annotations

import os
import signal
import time
from functools import cache
from pathlib import Path

import pytest

from include.warehouse import open_warehouse
from tests.forked import Forked
from tests.warehouse.conftest import drop_database
from tests.warehouse.crashing_publisher import batch, settings_of

CALLS = 15
"""The calls of one publishing: findings 2, stage 5, insert, fill, audit, attach, look-up, attach, drop 2."""
KILLED_BEFORE = (0, 1, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14)
"""All of them but some of the five that make the stage, which are alike."""
FEW, MANY = 36, 24_000


def start(home: Path, database: str, rows: int, *kill_at_call: int) -> Forked:
    arguments = [str(home), database, str(rows), *map(str, kill_at_call)]
    return Forked("tests.warehouse.crashing_publisher", arguments, os.environ, pipes=True)


@cache
def undisturbed(home: Path, rows: int) -> object:
    """What publishing counts, and what the warehouse then has."""
    with open_warehouse(settings_of(home, f"whole_{rows}")) as warehouse:
        warehouse.publish("b1", *batch(rows // 2, minute=1))
    return repaired(home, f"whole_{rows}", rows)


def repaired(home: Path, database: str, rows: int) -> object:
    """Publishes the batch again, and checks that nothing of the stage is left."""
    with open_warehouse(settings_of(home, database)) as warehouse:
        published = warehouse.publish("b2", *batch(rows, minute=2))
        stages = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'stage_')"
        assert warehouse.query_rows(stages)[1] == [(0,)]
        sums = warehouse.checksums()
    drop_database(home, database)
    return published, sums


def test_a_kill_before_any_step_is_repaired_by_publishing_again(home: Path):
    for call in KILLED_BEFORE:
        process = start(home, f"killed_{call}", FEW, call)
        output, _ = process.communicate(timeout=120)
        assert (output, process.returncode) == ("publishing\n", -signal.SIGKILL), f"call {call}"
        assert repaired(home, f"killed_{call}", FEW) == undisturbed(home, FEW), f"call {call}"


def test_all_steps_are_covered(home: Path):
    output, _ = start(home, "not_killed", FEW, CALLS).communicate(timeout=120)
    assert output == "publishing\npublished\n"
    drop_database(home, "not_killed")


@pytest.mark.parametrize("delay_seconds", [0.02, 0.06, 0.12, 0.2])
def test_a_kill_inside_a_step_is_repaired_by_publishing_again(home: Path, delay_seconds: float):
    database = f"inside_{int(delay_seconds * 1000)}"
    process = start(home, database, MANY)
    assert process.stdout is not None
    assert process.stdout.readline() == "publishing\n"
    time.sleep(delay_seconds)
    process.kill()
    process.communicate()
    assert repaired(home, database, MANY) == undisturbed(home, MANY)
