"""Airflow's tasks are killed at every point, or lack a store: a retry, or the next run, resumes from there.

All cases share one Airflow, since starting it takes longer than a DAG run.
"""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from include.simulator.server import RunningSimulator
from include.warehouse.lock import file_lock
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.disasters import BUSY_SECONDS, Strike
from tests.crash.points import IN_TASKS, POINTS
from tests.crash.scheduler import DagRun, Scheduler
from tests.crash.world import REQUESTS, World
from tests.warehouse.http_server import free_port, serving

pytestmark = pytest.mark.slow

KILLED = -signal.SIGKILL
A_MINUTE = 60
TRIES = 4
WITHIN_RETRIES = {
    "plan": ["planned"],
    "extract[0]": ["reserved", "answered", "landed"],
    "extract[1]": ["half_landed", "committed", ("window_closed", 1)],
    "validate": [("batch_cut", 1), "validating", "result_half_written"],
    "load": ["quarantine_written", "half_inserted", ("inserted", 1)],
    "settle": ["before_settle", "half_settled", "settled"],
}
"""The last try of a task is not struck."""
BEYOND_RETRIES = {
    "extract[0]": ["last_page_landed", "last_page_committed", ("reserved", 1), ("committed", 1)],
    "validate": ["result_written"],
    "load": [("staged", 1), ("half_inserted", 1), "staged", ("quarantine_written", 1)],
}
LAST_MOMENT = {"settle": ["before_marts"], "report": ["before_report"]}
ANSWERS_LOST = ("answered", "half_landed")


def kills(points: dict[str, list[str | tuple[str, int]]]) -> dict[str, list[Strike]]:
    """A kill at each point, at its own call where none is given."""
    chosen = {task: [(p, POINTS[p].call) if isinstance(p, str) else p for p in one] for task, one in points.items()}
    return {task: [(point, call, "kill") for point, call in one] for task, one in chosen.items()}


def check_died_as_planned(run: DagRun, points: dict[str, list[str | tuple[str, int]]]) -> None:
    for task, struck in points.items():
        ended = [] if len(struck) == TRIES else [0]
        assert run.codes(task) == [KILLED] * len(struck) + ended, run.tail


def test_every_point_is_reached_in_its_task() -> None:
    planned = [kills(one) for one in (WITHIN_RETRIES, BEYOND_RETRIES, LAST_MOMENT)]
    struck = {(task, point) for one in planned for task, strikes in one.items() for point, _, _ in strikes}

    assert {point for _, point in struck} == set(POINTS)
    assert struck <= {(task, point) for task, points in IN_TASKS.items() for point in points}


def test_tasks_that_die_at_every_point_are_healed_by_retries(
    world: World, scheduler: Scheduler, undisturbed: Contents
) -> None:
    run = world.run_dag(scheduler, kills(WITHIN_RETRIES))
    check_died_as_planned(run, WITHIN_RETRIES)
    assert [label.split()[-1] for label in run.labels.values()] == ["2026-03-07..2026-03-08"] * 2, "tried again or not"
    assert run.state == "success", run.tail
    assert differences(world, undisturbed) == {}

    after = world.run_dag(scheduler)

    assert after.state == "success", after.tail
    assert world.paid_requests == REQUESTS + len(ANSWERS_LOST)
    assert len(set(world.paid_questions)) == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_run_whose_tasks_die_on_every_try_is_healed_by_the_next_run(
    world: World, scheduler: Scheduler, undisturbed: Contents
) -> None:
    failed = world.run_dag(scheduler, kills(BEYOND_RETRIES))
    check_died_as_planned(failed, BEYOND_RETRIES)
    assert failed.state == "failed", failed.tail
    assert failed.codes("settle") == []

    healed = world.run_dag(scheduler, kills(LAST_MOMENT))

    check_died_as_planned(healed, LAST_MOMENT)
    assert healed.state == "success", healed.tail
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_disk_that_fills_up_ends_the_run_and_the_next_one_heals(
    world: World, scheduler: Scheduler, undisturbed: Contents
) -> None:
    """The page in flight lands in the reserved room; no retry and no other batch buys into a full disk."""
    full = {"extract[0]": [("half_landed", 3, "disk_full")], "validate": [("result_half_written", 2, "disk_full")]}
    run = world.run_dag(scheduler, full)
    assert run.state == "failed", run.tail
    assert said(run.log, "No space left on device")
    assert [len(run.codes(task)) for task in full] == [1, 2]

    healed = world.run_dag(scheduler)
    assert healed.state == "success", healed.tail
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}


def test_a_task_whose_ledger_is_locked_is_retried(world: World, scheduler: Scheduler, undisturbed: Contents) -> None:
    """It fails with what to do, and its retry succeeds.

    A request that missed its send slot just then was reserved and not sent; the next reading of the account frees it.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.run_dag, scheduler, **{BUSY_SECONDS: "1"})
        await_paid(world, running, 3)
        with closing(sqlite3.connect(world.home / "ledger.db", timeout=A_MINUTE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await_said(scheduler, running, "another program has locked the file")
            other.execute("ROLLBACK")
        run = running.result()
    world.lost |= world.in_flight()

    assert run.state == "success", run.tail
    assert said(run.log, "another program has locked the file")
    assert len(run.tries) > len(dict(run.tries)), run.tail
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= world.concurrency
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_dag_run_and_a_load_of_the_same_day_at_once_buy_each_page_once(
    world: World, vendor: RunningSimulator, scheduler: Scheduler, undisturbed: Contents
) -> None:
    with ThreadPoolExecutor(1) as pool, slow_until_left(vendor) as at_full_speed:
        running = pool.submit(world.run_dag, scheduler)
        await_paid(world, running, 1)
        load = world.start()
        while world.ledger("SELECT count(DISTINCT lane) FROM charges") != [(2,)]:
            assert load.poll() is None, world.finish(load).err
            assert not running.done(), running.result().tail
            time.sleep(0.01)
        at_full_speed()
        answer, run = world.finish(load), running.result()

    assert answer.code == 0, answer.err
    tried = Counter(task for task, _ in run.tries)
    assert {task for task, tries in tried.items() if tries > 1} <= {"report"}, run.tail  # retries come at once here
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_task_whose_warehouse_is_open_elsewhere_is_retried(
    new_world: Callable[..., World], scheduler: Scheduler, undisturbed: Contents
) -> None:
    """It fails with what to do, and its retry succeeds."""
    world = new_world(lock_timeout_seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        with file_lock(world.home / "warehouse.lock", 0):
            running = pool.submit(world.run_dag, scheduler)
            await_said(scheduler, running, "raise warehouse.lock_timeout_seconds")
        run = running.result()

    assert run.state == "success", run.tail
    assert len(run.codes("load")) > 1
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_the_next_run_heals_a_clickhouse_outage_beyond_all_retries(
    new_world: Callable[..., World], scheduler: Scheduler, undisturbed: Contents, tmp_path: Path
) -> None:
    world = new_world(server_port=free_port())
    failed = world.run_dag(scheduler)
    with serving(tmp_path / "server", world.server_port):
        healed = world.run_dag(scheduler)

        assert differences(world, undisturbed) == {}
        assert loose_ends(world) == {}
    assert failed.state == "failed", failed.tail
    assert "check CLICKHOUSE_HOST" in failed.log
    assert healed.state == "success", healed.tail
    assert world.paid_requests == REQUESTS


@pytest.mark.soak
def test_retries_outlast_a_clickhouse_outage_of_a_minute(
    new_world: Callable[..., World], scheduler: Scheduler, undisturbed: Contents, tmp_path: Path
) -> None:
    """With the retries as they are set."""
    world = new_world(server_port=free_port())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.run_dag, scheduler, patient=True)
        await_said(scheduler, running, "check CLICKHOUSE_HOST")
        time.sleep(A_MINUTE)
        with serving(tmp_path / "server", world.server_port):
            run = running.result()

            assert differences(world, undisturbed) == {}
            assert loose_ends(world) == {}
    assert run.state == "success", run.tail
    assert len(run.codes("load")) > 1
    assert world.paid_requests == REQUESTS


@contextmanager
def slow_until_left(vendor: RunningSimulator) -> Iterator[Callable[[], None]]:
    """Delays answers until the yielded function is called or the block ends."""
    vendor.turn_on({"slow": 1.0})
    try:
        yield lambda: vendor.turn_on({})
    finally:
        vendor.turn_on({})


def await_paid(world: World, running: Future[DagRun], count: int) -> None:
    """Waits, during the DAG run, until the account has paid for that many answers."""
    while world.paid_requests < count:
        assert not running.done(), running.result().tail
        time.sleep(0.005)


def said(log: str, text: str) -> bool:
    """Whether a task has logged the text, which may be broken into lines between any two words."""
    words = (re.escape(word) for word in text.split())
    return re.search(r"(?:\s|\s[^\n]*\n[^\n]*?\s)".join(words), log) is not None


def await_said(scheduler: Scheduler, running: Future[DagRun], text: str) -> None:
    """Waits, during the DAG run, until a task has logged `text`."""
    while not said(scheduler.log, text):
        assert not running.done(), running.result().tail
        time.sleep(0.05)
