"""A load killed with SIGKILL at any point, then repeated, ends as if undisturbed (rules 1, 2, 3 and 5)."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator
from tests.cli.oi import Answer
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.points import POINTS, PUBLISHING, READING
from tests.crash.world import REQUESTS, World

ONE_AFTER_ANOTHER = {
    "planned": 1,
    "reserved": 2,
    "answered": 2,
    "half_landed": 3,
    "landed": 1,
    "last_page_landed": 1,
    "committed": 2,
    "last_page_committed": 2,
    "window_closed": 2,
}
"""For one world killed at each point of reading in turn: the call that marks the point in its remaining work."""
ANSWERS_LOST = ("answered", "half_landed")
SOAKED = ("batch_cut", "result_written", "staged", "before_report")
"""Points that only `make soak` tests; their neighbours are always tested."""


@dataclass(frozen=True)
class Case:
    """A world in which a load was killed, and the answer of the next load."""

    world: World
    killed: Answer
    again: Answer


def kill_and_repeat(world: World, point: str) -> Case:
    killed = world.load(point, "kill_parent" if POINTS[point].where == "worker" else "kill")
    return Case(world, killed, world.load())


@pytest.fixture(scope="module")
def cases(
    vendor: RunningSimulator,
    tmp_path_factory: pytest.TempPathFactory,
    fresh_home: Callable[[Path], Path],
    request: pytest.FixtureRequest,
) -> Iterator[dict[str, Future[Case]]]:
    """The cases of the chosen tests, two at a time; each is two loads, and a test waits for its own."""
    chosen = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    points = dict.fromkeys(item.callspec.params["point"] for item in chosen)
    folders = {point: tmp_path_factory.mktemp(point) for point in points}
    worlds = {point: World(folder, vendor, folder.name) for point, folder in folders.items()}
    for world in worlds.values():
        fresh_home(world.home)
    with ThreadPoolExecutor(2) as pool:
        yield {point: pool.submit(kill_and_repeat, world, point) for point, world in worlds.items()}
        pool.shutdown(cancel_futures=True)


def check(case: Case, undisturbed: Contents) -> None:
    assert case.killed.code == -signal.SIGKILL, case.killed.err
    assert case.again.code == 0, case.again.err
    assert differences(case.world, undisturbed) == {}
    assert loose_ends(case.world) == {}
    assert case.world.paid_requests - REQUESTS <= len(case.world.lost)


@pytest.mark.slow
@pytest.mark.parametrize("point", [pytest.param(one, marks=[pytest.mark.soak] * (one in SOAKED)) for one in PUBLISHING])
def test_a_kill_after_reading_leaves_nothing_behind(
    point: str, cases: dict[str, Future[Case]], undisturbed: Contents
) -> None:
    check(cases[point].result(), undisturbed)


@pytest.mark.soak
@pytest.mark.parametrize("point", READING)
def test_a_kill_while_reading_costs_one_answer_at_most(
    point: str, cases: dict[str, Future[Case]], undisturbed: Contents
) -> None:
    case = cases[point].result()

    check(case, undisturbed)
    assert case.world.paid_requests - REQUESTS == (point in ANSWERS_LOST)


@pytest.mark.slow
def test_rule_1_a_load_killed_at_every_point_repays_only_lost_answers(world: World, undisturbed: Contents) -> None:
    """It dies at one point of reading after another, and pays again only for what was not landed."""
    for point, call in ONE_AFTER_ANOTHER.items():
        assert world.load(point, "kill_both", call).code == -signal.SIGKILL, point

    check(Case(world, world.load("planned", "kill_both"), world.load()), undisturbed)
    assert world.paid_requests - REQUESTS == len(ANSWERS_LOST)
    assert len(set(world.paid_questions)) == REQUESTS
