"""A store is unreachable for a while, or full: the load waits or fails readably, and the next one resumes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from include.settings.warehouse import WarehouseSettings
from include.simulator.server import RunningSimulator
from include.warehouse.lock import file_lock
from tests.cli.oi import Answer
from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.disasters import BALLAST, BUSY_SECONDS, SERVER_PID
from tests.crash.small_disk import mounted, needs_a_disk
from tests.crash.world import REQUESTS, World
from tests.patience import PATIENCE_SECONDS
from tests.warehouse.http_server import free_port, serving

pytestmark = pytest.mark.slow
HELD_SECONDS = 3.0
A_MINUTE = 60.0
FULL_WHILE_READING = {
    ("committed", 2): ("database or disk is full", "not enough space"),
    ("landed", 2): ("disk is full",),
}
"""Points at which the disk fills up while a load reads: before a permit, and before a commit.

If the request still meets its send slot then, its page lands in the room that is held, and publishing is what fails.
"""
FULL_WHILE_PUBLISHING = {("quarantine_written", 1): ("0.0 MiB left",), ("half_inserted", 1): ("0.0 MiB left",)}
"""Before a stage is made, and before an attach."""


def check_healed(world: World, undisturbed: Contents) -> None:
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def check_readable(failed: Answer, *said: str) -> None:
    assert failed.code == 1
    for text in said:
        assert text in failed.err
    for text in ("Traceback", "not expected", "Unexpected Http Driver Exception"):
        assert text not in failed.err


def test_a_full_disk_while_landing_is_named_and_resumed(new_world: Callable[..., World], undisturbed: Contents) -> None:
    world = new_world(concurrency=4)
    failed = world.load("half_landed", "disk_full", call=6)
    world.lost |= world.in_flight()
    again = world.load()

    assert again.code == 0, again.err
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= world.concurrency
    check_healed(world, undisturbed)
    check_readable(failed, "No space left on device")


@needs_a_disk
def test_ledger_and_warehouse_name_a_full_disk(
    vendor: RunningSimulator, undisturbed: Contents, fresh_home: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The disk is really full; the next load resumes."""
    with mounted(tmp_path / "disk") as disk:
        world = World(disk, vendor, "small_disk")
        fresh_home(world.home)
        for moments in (FULL_WHILE_READING, FULL_WHILE_PUBLISHING):
            for (point, call), said in moments.items():
                failed = world.load(point, "fill_disk", call)
                check_readable(failed, "again")
                assert any(text in failed.err for text in said), failed.err
                (world.home / BALLAST).unlink()
                world.lost |= world.in_flight()
            world.load("validating", "kill")  # reads the rest and publishes none: reading would meet the full disk, too
        again = world.load()

        assert again.code == 0, again.err
        assert len(set(world.paid_questions)) == REQUESTS
        assert world.paid_requests - REQUESTS <= len(world.lost)
        check_healed(world, undisturbed)


def test_a_load_waits_for_a_ledger_locked_for_seconds(world: World, undisturbed: Contents) -> None:
    process = world.start()
    world.await_pages(process, 3)
    with closing(sqlite3.connect(world.home / "ledger.db", timeout=PATIENCE_SECONDS, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(HELD_SECONDS)
        waiting = process.poll() is None
        other.execute("ROLLBACK")
    answer = world.finish(process)

    assert waiting
    assert answer.code == 0, answer.err
    assert world.paid_requests == REQUESTS
    check_healed(world, undisturbed)


def test_a_ledger_that_stays_locked_fails_readably(world: World, undisturbed: Contents) -> None:
    process = world.start("planned", "none", 1, **{BUSY_SECONDS: "1"})
    world.await_pages(process, 3)
    with closing(sqlite3.connect(world.home / "ledger.db", timeout=PATIENCE_SECONDS, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        failed = world.finish(process)
        other.execute("ROLLBACK")
    world.lost |= world.in_flight()  # a reservation that missed its send slot could not be closed, nor could it be sent
    again = world.load()

    assert again.code == 0, again.err
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= world.concurrency
    check_healed(world, undisturbed)
    check_readable(failed, "ledger", "another program has locked the file")


@pytest.mark.parametrize("held_seconds", [HELD_SECONDS, pytest.param(A_MINUTE, marks=pytest.mark.soak)])
def test_a_load_waits_for_a_warehouse_open_elsewhere(
    held_seconds: float, new_world: Callable[..., World], undisturbed: Contents
) -> None:
    world = new_world(lock_timeout_seconds=WarehouseSettings().lock_timeout_seconds)
    with file_lock(world.home / "warehouse.lock", 0):
        process = world.start()
        world.await_pages(process, REQUESTS)
        time.sleep(held_seconds)
        waiting = process.poll() is None
    answer = world.finish(process)

    assert waiting
    assert answer.code == 0, answer.err
    assert world.paid_requests == REQUESTS
    check_healed(world, undisturbed)


def test_a_warehouse_that_stays_open_elsewhere_fails_readably(
    new_world: Callable[..., World], undisturbed: Contents
) -> None:
    world = new_world(lock_timeout_seconds=0.5)
    with file_lock(world.home / "warehouse.lock", 0):
        failed = world.load()
    again = world.load()

    check_readable(failed, f"process {os.getpid()}", "warehouse.lock_timeout_seconds")
    assert again.code == 0, again.err
    assert world.paid_requests == REQUESTS
    check_healed(world, undisturbed)


@pytest.mark.parametrize("away_seconds", [0.0, pytest.param(A_MINUTE, marks=pytest.mark.soak)])
def test_loads_fail_readably_during_a_clickhouse_outage(
    away_seconds: float, new_world: Callable[..., World], undisturbed: Contents, tmp_path: Path
) -> None:
    """They publish there once the server is back."""
    world = new_world(server_port=free_port())
    until = time.monotonic() + away_seconds
    failed = [world.load()]
    while time.monotonic() < until:
        failed.append(world.load())
    with serving(tmp_path / "server", world.server_port):
        again = world.load()
        check_healed(world, undisturbed)

    for answer in failed:
        check_readable(answer, "CLICKHOUSE_HOST")
    assert again.code == 0, again.err
    assert world.paid_requests == REQUESTS
    assert not (world.home / "warehouse").exists()


def test_a_clickhouse_crash_while_publishing_ends_the_load_readably(
    new_world: Callable[..., World], undisturbed: Contents, tmp_path: Path
) -> None:
    world = new_world(server_port=free_port())
    with serving(tmp_path / "server", world.server_port) as server:
        failed = world.load("half_inserted", "kill_server", **{SERVER_PID: str(server.pid)})
    with serving(tmp_path / "server", world.server_port):
        again = world.load()
        check_healed(world, undisturbed)

    check_readable(failed, "CLICKHOUSE_HOST")
    assert again.code == 0, again.err
    assert world.paid_requests == REQUESTS
