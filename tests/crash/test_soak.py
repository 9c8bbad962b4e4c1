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
from tests.crash.points import POINTS
from tests.crash.world import REQUESTS, World

SECONDS = float(os.environ.get("OI_SOAK_SECONDS") or 600)
SEED = int(os.environ.get("OI_SOAK_SEED") or time.time())
MOST_DISASTERS = 5
LOAD_SECONDS = 8.0
"""About as long as a load takes: a kill by the clock comes at a random moment of it."""
ROUND_SECONDS = 300


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + ROUND_SECONDS)
def test_random_disasters_leave_no_trace(vendor: RunningSimulator, tmp_path: Path, undisturbed: Contents) -> None:
    until = time.monotonic() + SECONDS
    seed = SEED
    while time.monotonic() < until:
        print(f"OI_SOAK_SEED={seed}", flush=True)
        live_through(World(tmp_path / str(seed), vendor, f"soak_{seed}"), random.Random(seed), undisturbed)
        seed += 1


def live_through(world: World, chance: random.Random, undisturbed: Contents) -> None:
    """A world with some disasters and then none holds what an undisturbed one holds, and has paid hardly more."""
    world.concurrency = chance.randint(1, 4)
    for _ in range(chance.randint(1, MOST_DISASTERS)):
        racer = world.start() if chance.random() < 0.3 else None
        struck = suffer(world, chance)
        assert "Traceback" not in struck, struck
        if racer is not None:
            world.finish(racer)
    last = world.load()

    assert last.code == 0, last.err
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= len(world.lost)
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def suffer(world: World, chance: random.Random) -> str:
    """A load in which something goes wrong; returns what it said."""
    if chance.random() < 0.3:
        return world.finish(killed_after(world.start(), chance.uniform(0, LOAD_SECONDS))).err
    point = chance.choice(list(POINTS))
    kills = ("kill", "kill_parent") if POINTS[point].where == "worker" else ("kill", "kill_both", "interrupt")
    return world.load(point, chance.choice(kills), chance.randint(1, 5)).err


def killed_after(process: subprocess.Popen[str], seconds: float) -> subprocess.Popen[str]:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process
