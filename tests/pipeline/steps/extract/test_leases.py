"""Rule 1 over hosts: a window is read by whoever holds its lease, and a wait may outlast one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from include.domain.market import Interval
from include.ledger.credits import permits
from include.ledger.credits.permits import RetryLater
from include.ledger.database.engine import open_ledger
from include.ledger.work import leases, windows
from include.ledger.work.windows import LEASE, OpenWindow
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.pacer import Pacer
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.clock import now
from tests.pipeline.conftest import scope

ELSEWHERE = "elsewhere/boot/1/0.00"


class Clock:
    """The worker's clock; a nap of its threads takes no time, and moves it on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        monkeypatch.setattr(Pacer, "now", staticmethod(self.now))
        monkeypatch.setattr(Pacer, "sleep", lambda _, seconds: self.sleep(seconds))

    def now(self) -> datetime:
        return now() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=max(0, seconds))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def one_thread(settings: Settings) -> Settings:
    return settings.model_copy(update={"api": settings.api.model_copy(update={"concurrency": 1})})


def window_of(settings: Settings, window_id: str) -> OpenWindow:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return windows.by_ids(connection, [window_id])[0]


def test_a_window_taken_over_during_a_wait_is_left_to_its_reader(
    vendor: RunningSimulator, one_thread: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(one_thread, run, scope(one_thread, Interval.H1))

    def outlasted(_: Pacer) -> None:
        clock.sleep(LEASE.total_seconds() + 1)
        with open_ledger(one_thread.ledger_url) as ledger, ledger.write() as connection:
            assert leases.claim(connection, *planned.window_ids, ELSEWHERE, clock.now())

    monkeypatch.setattr(windows, "is_here", lambda _: False)  # each is on a host of its own
    monkeypatch.setattr(Pacer, "wait_out_pause", outlasted)
    extracted = extract(one_thread, run, planned.window_ids)

    assert extracted.elsewhere == planned.window_ids
    assert (extracted.requests, vendor.questions) == (0, [])
    assert window_of(one_thread, *planned.window_ids).owner == ELSEWHERE


def test_a_reader_that_waits_for_the_rate_keeps_its_lease(
    one_thread: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(one_thread, run, scope(one_thread, Interval.H1))
    permit, bookable, leases = permits.permit, clock.now() + timedelta(hours=1), list[timedelta]()

    def wait_an_hour(*arguments: object) -> permits.Permit:
        lease_until = window_of(one_thread, *planned.window_ids).lease_until
        assert lease_until is not None
        leases.append(lease_until - clock.now())
        left = bookable - clock.now()
        return RetryLater(left.total_seconds(), "the plan's request rate") if left > timedelta() else permit(*arguments)

    monkeypatch.setattr(permits, "permit", wait_an_hour)
    extracted = extract(one_thread, run, planned.window_ids)

    assert extracted.landed == planned.window_ids
    assert clock.ahead > timedelta(minutes=59)
    assert min(leases) >= LEASE / 2 - timedelta(seconds=5)
