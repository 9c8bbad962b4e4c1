"""Random disasters, one world after another, until the time is up; each world is known by its seed.

OI_SOAK_SECONDS is how long (ten minutes), OI_SOAK_SEED the first seed: a failure names the one that shows it again.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.disasters import Strike
from tests.crash.points import IN_TASKS, POINTS
from tests.crash.scheduler import Scheduler
from tests.crash.world import REQUESTS, World
from tests.forked import Forked

SECONDS = float(os.environ.get("OI_SOAK_SECONDS") or 600)
SEED = int(os.environ.get("OI_SOAK_SEED") or time.time())
MOST_DISASTERS = 5
LOAD_SECONDS = 8.0
"""About as long as a load takes: a kill by the clock comes at a random moment of it."""
ROUND_SECONDS = 300


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + ROUND_SECONDS)
def test_random_disasters_leave_no_trace(
    vendor: RunningSimulator, scheduler: Scheduler, tmp_path: Path, undisturbed: Contents
) -> None:
    until = time.monotonic() + SECONDS
    seed = SEED
    while time.monotonic() < until:
        print(f"OI_SOAK_SEED={seed}", flush=True)
        world = World(tmp_path / str(seed), vendor, f"soak_{seed}")
        live_through(world, scheduler, random.Random(seed), undisturbed)
        seed += 1


def live_through(world: World, scheduler: Scheduler, chance: random.Random, undisturbed: Contents) -> None:
    """A world with some disasters and then none holds what an undisturbed one holds, and has paid hardly more."""
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
    """A load, a DAG run or a replay in which something goes wrong."""
    kind = chance.choices(["moment", "point", "tasks", "replay"], weights=[3, 5, 3, 1])[0]
    if kind == "tasks":
        world.run_dag(scheduler, random_strikes(chance))
        return
    if kind == "point":
        ended = world.load(*random_disaster(chance))
    else:
        process = world.start() if kind == "moment" else world.start_replay()
        ended = world.finish(killed_after(process, chance.uniform(0, LOAD_SECONDS)))
    assert "Traceback" not in ended.err, ended.err


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
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process
