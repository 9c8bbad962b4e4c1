"""Planning beside windows that earlier runs left in the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.ledger.work import leases, runs, windows
from include.ledger.work.windows import LEASE
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.plan import plan as planning
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from tests import clock
from tests.pipeline.conftest import DAY, scope

ELSEWHERE = "elsewhere/boot/1/0.00"


def queue_of(settings: Settings) -> list[tuple[str, str]]:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return [(one.run_id, one.state.value) for one in windows.open_windows(connection)]


@pytest.mark.parametrize("claimed", [False, True])
def test_abandoned_window_beyond_the_scope_is_planned_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, claimed: bool
) -> None:
    """It is deleted, unless a reader claimed it: then requests may have been made for it."""
    first = plan(settings, RunSpec("first", "backfill", one_process=False), scope(settings, Interval.H1))
    if claimed:
        with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
            assert leases.claim(connection, *first.window_ids, ELSEWHERE, clock.now())
    monkeypatch.setattr(planning, "utc_now", lambda: clock.now() + 2 * LEASE)
    half = scope(settings, Interval.H1, end=DAY + timedelta(hours=12))
    plan(settings, RunSpec("second", "backfill", one_process=False), half)
    assert queue_of(settings) == ([("first", "reading")] if claimed else [("second", "planned")])


def test_window_of_a_run_that_ended_is_planned_again_at_once(settings: Settings) -> None:
    """A run that its cap ended has no reader whom the next run, over a part of its range, should await."""
    plan(settings, RunSpec("first", "backfill", one_process=False), scope(settings, Interval.H1))
    half = scope(settings, Interval.H1, end=DAY + timedelta(hours=12))
    plan(settings, RunSpec("beside", "backfill", one_process=False), half)
    assert queue_of(settings) == [("first", "planned")]
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.finish_run(connection, "first", False, {}, clock.now() + timedelta(seconds=1))
    plan(settings, RunSpec("second", "backfill", one_process=False), half)
    assert queue_of(settings) == [("second", "planned")]
