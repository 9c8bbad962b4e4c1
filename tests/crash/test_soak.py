"""Random disasters, one world after another, until the time is up; each world is known by its seed.

OI_SOAK_SECONDS is how long (ten minutes), OI_SOAK_SEED the first seed: a failure names the one that shows it again.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator
from include.warehouse.errors import WarehouseError
from include.warehouse.lock import file_lock
from tests import clock
from tests.cli.oi import Answer
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.disasters import BALLAST, BUSY_SECONDS, Strike
from tests.crash.points import IN_TASKS, POINTS
from tests.crash.scheduler import Scheduler
from tests.crash.small_disk import may_mount, mounted
from tests.crash.world import REQUESTS, World
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS

SECONDS = float(os.environ.get("OI_SOAK_SECONDS") or 600)
SEED = int(os.environ.get("OI_SOAK_SEED") or clock.real_now().timestamp())
MOST_DISASTERS = 5
LOAD_SECONDS = 8.0
"""About the duration of a load: a timed kill comes at a random moment of it."""
OUTAGE_SECONDS = 3.0
"""Longer than the patience of what it strikes."""
ROUND_SECONDS = 300
MAY_MOUNT = may_mount()


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + ROUND_SECONDS)
def test_random_disasters_leave_no_trace(
    vendor: RunningSimulator, scheduler: Scheduler, tmp_path: Path, undisturbed: Contents
) -> None:
    until = time.monotonic() + SECONDS
    seed = SEED
    while time.monotonic() < until:
        print(f"OI_SOAK_SEED={seed}", flush=True)
        with small_disk(tmp_path / str(seed)) as folder:
            world = World(folder, vendor, f"soak_{seed}")
            live_through(world, scheduler, random.Random(seed), undisturbed)
        seed += 1


def live_through(world: World, scheduler: Scheduler, chance: random.Random, undisturbed: Contents) -> None:
    """A world with disasters, then none, equals an undisturbed one and has paid hardly more."""
    world.concurrency = chance.randint(1, 4)
    for _ in range(chance.randint(1, MOST_DISASTERS)):
        racer = world.start() if chance.random() < 0.3 else None
        suffer(world, scheduler, chance)
        if racer is not None:
            world.finish(racer)
    last = world.load()

    assert last.code == 0, last.err
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= len(world.lost) + world.lost_in_tasks
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def suffer(world: World, scheduler: Scheduler, chance: random.Random) -> None:
    """A load, DAG run or replay with a disaster in it."""
    kind = chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
    if kind == "tasks":
        world.run_dag(scheduler, random_strikes(chance))
        return
    ended = SUFFERED[kind](world, chance)
    for text in ("Traceback", "not expected"):
        assert text not in ended.err, ended.err


def die_at_a_moment(world: World, chance: random.Random) -> Answer:
    return world.finish(killed_after(world.start(), chance.uniform(0, LOAD_SECONDS)))


def die_in_a_replay(world: World, chance: random.Random) -> Answer:
    return world.finish(killed_after(world.start_replay(), chance.uniform(0, LOAD_SECONDS)))


def die_at_a_point(world: World, chance: random.Random) -> Answer:
    return world.load(*random_disaster(chance))


def run_out_of_disk(world: World, chance: random.Random) -> Answer:
    """Fills the world's small disk at any point; without one, makes two kinds of writes fail."""
    points, disaster = (POINTS, "fill_disk") if MAY_MOUNT else (("half_landed", "result_half_written"), "disk_full")
    ended = world.load(chance.choice(list(points)), disaster, chance.randint(1, 5))
    (world.home / BALLAST).unlink(missing_ok=True)
    world.lost |= world.in_flight()
    return ended


def find_the_ledger_locked(world: World, chance: random.Random) -> Answer:
    """Locks the ledger during a load for longer than that load has patience."""
    process = world.start(**{BUSY_SECONDS: "1"})
    ended_early = waited_for(process, chance.uniform(0, LOAD_SECONDS))
    if ended_early or not (world.home / "ledger.db").exists():
        return world.finish(process)
    with closing(sqlite3.connect(world.home / "ledger.db", timeout=PATIENCE_SECONDS, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited_for(process, OUTAGE_SECONDS)
        other.execute("ROLLBACK")
    return world.finish(process)


def find_the_warehouse_open_elsewhere(world: World, chance: random.Random) -> Answer:
    """Holds the warehouse during a load for longer than that load has patience."""
    patience, world.lock_timeout_seconds = world.lock_timeout_seconds, 0.5
    process = world.start()
    world.lock_timeout_seconds = patience
    waited_for(process, chance.uniform(0, LOAD_SECONDS))
    with suppress(WarehouseError), file_lock(world.home / "warehouse.lock", OUTAGE_SECONDS):
        waited_for(process, OUTAGE_SECONDS)
    return world.finish(process)


def find_the_vendor_down(world: World, chance: random.Random) -> Answer:
    """Answers a share of requests with 503 from the start of a load."""
    world.vendor.turn_on({"unavailable": chance.uniform(0.3, 1)})
    try:
        process = world.start()
        waited_for(process, LOAD_SECONDS)
    finally:
        world.vendor.turn_on({})
    return world.finish(process)


KINDS = {"moment": 3, "point": 5, "tasks": 3, "replay": 1, "disk": 2, "ledger": 2, "warehouse": 1, "vendor": 1}
"""The weight of each kind of disaster."""
SUFFERED: dict[str, Callable[[World, random.Random], Answer]] = {
    "moment": die_at_a_moment,
    "point": die_at_a_point,
    "replay": die_in_a_replay,
    "disk": run_out_of_disk,
    "ledger": find_the_ledger_locked,
    "warehouse": find_the_warehouse_open_elsewhere,
    "vendor": find_the_vendor_down,
}


def random_disaster(chance: random.Random) -> tuple[str, str, int]:
    """Point, disaster and call of a load."""
    point = chance.choice(list(POINTS))
    kills = ("kill", "kill_parent") if POINTS[point].where == "worker" else ("kill", "kill_both", "interrupt")
    return point, chance.choice(kills), chance.randint(1, 5)


def random_strikes(chance: random.Random) -> dict[str, list[Strike]]:
    """Kills of up to five tries of some tasks; a task has four."""
    tasks = chance.sample(list(IN_TASKS), chance.randint(1, 3))
    return {
        task: [(chance.choice(IN_TASKS[task]), chance.randint(1, 4), "kill") for _ in range(chance.randint(1, 5))]
        for task in tasks
    }


def killed_after(process: Forked, seconds: float) -> Forked:
    if not waited_for(process, seconds):
        process.kill()
    return process


def waited_for(process: Forked, seconds: float) -> bool:
    """True when the process ended within the time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def small_disk(folder: Path) -> AbstractContextManager[Path]:
    """Its own disk where that is permitted, else the folder as it is."""
    return mounted(folder) if MAY_MOUNT else nullcontext(folder)
