from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from oi_airflow.current_run import ledger_run_id, run_spec
from oi_airflow.run_range import wanted_range


@dataclass
class Run:
    """What a task sees of its run."""

    run_type: str = "scheduled"
    dag_id: str = "open_interest_hourly"
    run_id: str = "scheduled__2026-03-07T10:05:00+00:00"
    run_after: datetime = datetime(2026, 3, 7, 10, 5, tzinfo=UTC)
    start_date: datetime = datetime(2026, 3, 7, 10, 6, tzinfo=UTC)


def context(run: Run, **params: Any) -> dict[str, Any]:
    interval = {
        "data_interval_start": datetime(2026, 3, 7, 9, 5, tzinfo=UTC),
        "data_interval_end": datetime(2026, 3, 7, 10, 5, tzinfo=UTC),
    }
    return {"dag_run": run, "params": {"lane": "hourly", "max_credits": None, "reread": False, **params}, **interval}


def test_a_scheduled_run_reaches_back_to_heal_what_was_missed() -> None:
    found = wanted_range(context(Run()), lookback_days=3)

    assert found.start == datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert found.end == datetime(2026, 3, 7, 10, tzinfo=UTC)


def test_a_backfilled_run_wants_its_own_interval_only() -> None:
    found = wanted_range(context(Run(run_type="backfill")), lookback_days=3)

    assert found.start == datetime(2026, 3, 7, 9, tzinfo=UTC)


def test_a_re_read_wants_the_runs_own_time_only() -> None:
    found = wanted_range(context(Run(), reread=True), lookback_days=3)

    assert found.start == datetime(2026, 3, 7, 9, tzinfo=UTC)


def test_the_reading_deadline_starts_over_when_a_run_is_cleared() -> None:
    cleared = Run(start_date=datetime(2026, 3, 9, tzinfo=UTC))

    assert run_spec(context(Run())).read_until is None
    assert run_spec(context(Run(), max_minutes=30)).read_until == datetime(2026, 3, 7, 10, 36, tzinfo=UTC)
    assert run_spec(context(cleared, max_minutes=30)).read_until == datetime(2026, 3, 9, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("run_type", "lane"), [("scheduled", "hourly"), ("manual", "hourly"), ("backfill", "backfill")]
)
def test_airflows_backfills_spend_the_backfill_lanes_share(run_type: str, lane: str) -> None:
    spec = run_spec(context(Run(run_type=run_type), max_credits=500))

    assert (spec.lane, spec.max_credits) == (lane, 500)


def test_retries_of_a_run_share_one_id_that_is_safe_in_file_names() -> None:
    first, again = run_spec(context(Run())), run_spec(context(Run()))

    assert first.run_id == again.run_id
    assert re.fullmatch(r"open_interest_hourly\.scheduled__[A-Za-z0-9_.-]+", first.run_id)


def test_runs_of_two_dags_at_one_moment_have_two_ids() -> None:
    run_id = "scheduled__2026-03-07T00:05:00+00:00"

    assert ledger_run_id("open_interest_hourly", run_id) != ledger_run_id("open_interest_daily", run_id)
