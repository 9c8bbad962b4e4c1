from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_airflow.run_range import RunRange, RunRefused, resolve_range

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Run:
    """What a task sees of its run."""

    run_after: datetime
    run_type: str = "manual"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def context(
    interval: tuple[str, str] | None = None,
    run_after: str = "2026-03-07T10:05",
    run_type: str = "scheduled",
    **params: Any,
) -> dict[str, Any]:
    start, end = (at(interval[0]), at(interval[1])) if interval else (None, None)
    run = Run(at(run_after), run_type)
    return {"params": params, "data_interval_start": start, "data_interval_end": end, "dag_run": run}


@pytest.mark.parametrize(
    ("interval", "cadence", "start", "end"),
    [
        (("2026-03-07T09:05", "2026-03-07T10:05"), HOUR, "2026-03-07T09:00", "2026-03-07T10:00"),
        (("2026-03-07T09:00", "2026-03-07T10:00"), HOUR, "2026-03-07T09:00", "2026-03-07T10:00"),
        (("2026-03-06T23:05", "2026-03-07T00:05"), HOUR, "2026-03-06T23:00", "2026-03-07T00:00"),
        (("2026-03-06T00:20", "2026-03-07T00:20"), DAY, "2026-03-06T00:00", "2026-03-07T00:00"),
    ],
)
def test_a_scheduled_run_is_about_the_whole_steps_of_its_interval(
    interval: tuple[str, str], cadence: timedelta, start: str, end: str
) -> None:
    found = resolve_range(context(interval), cadence)

    assert (found.start, found.end, found.exact) == (at(start), at(end), False)


def test_a_backfilled_interval_is_exact() -> None:
    found = resolve_range(context(("2026-03-07T09:05", "2026-03-07T10:05"), run_type="backfill"), HOUR)

    assert found == RunRange(at("2026-03-07T09:00"), at("2026-03-07T10:00"), exact=True)


@pytest.mark.parametrize("interval", [None, ("2026-03-07T10:05", "2026-03-07T10:05")])
def test_a_run_without_an_interval_is_about_the_last_whole_step(interval: tuple[str, str] | None) -> None:
    found = resolve_range(context(interval, run_after="2026-03-07T10:42", run_type="manual"), HOUR)

    assert found == RunRange(at("2026-03-07T09:00"), at("2026-03-07T10:00"), exact=False)


def test_params_win_over_the_interval_and_are_taken_as_they_are() -> None:
    asked = {"from": "2026-01-01", "to": "2026-01-02T04:30:00Z"}

    found = resolve_range(context(("2026-03-07T09:05", "2026-03-07T10:05"), **asked), HOUR)

    assert found == RunRange(at("2026-01-01"), at("2026-01-02T04:30"), exact=True)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "2026-01-01", "to": None}, "both"),
        ({"from": None, "to": "2026-01-01"}, "both"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "before"),
        ({"from": "2026-01-01", "to": "2026-01-01"}, "before"),
        ({"from": "yesterday", "to": "2026-01-01"}, "yesterday"),
        ({"from": "1960-01-01", "to": "2026-01-01"}, "the start of the range"),
        ({"from": "2026-01-01", "to": "2107-01-01"}, "the end of the range"),
        ({"from": "2105-01-01", "to": "2105-01-02"}, "lies in the future"),
    ],
)
def test_a_range_that_makes_no_sense_stops_the_run(asked: dict[str, str | None], says: str) -> None:
    with pytest.raises(RunRefused, match=says) as refused:
        resolve_range(context(**asked), HOUR)

    assert refused.value.next_step == "stop_run"


@given(
    run_after=st.integers(0, 500_000_000).map(lambda seconds: at("2020-01-01") + timedelta(seconds=seconds)),
    cadence=st.sampled_from([HOUR, DAY]),
)
def test_consecutive_ranges_touch_and_never_reach_into_the_future(run_after: datetime, cadence: timedelta) -> None:
    def found(moment: datetime) -> RunRange:
        return resolve_range({"params": {}, "dag_run": Run(moment)}, cadence)

    assert found(run_after).end == found(run_after + cadence).start
    assert run_after - cadence < found(run_after).end <= run_after


@pytest.mark.parametrize(
    ("exact", "lookback_days", "start"),
    [(False, 3, "2026-03-04T08:00"), (False, 0, "2026-03-07T09:00"), (True, 3, "2026-03-07T09:00")],
)
def test_the_look_back_widens_only_what_nobody_chose(exact: bool, lookback_days: int, start: str) -> None:
    found = RunRange(at("2026-03-07T09:00"), at("2026-03-07T10:00"), exact)

    healed = found.healed(timedelta(days=lookback_days), HOUR)

    assert (healed.start, healed.end) == (at(start), at("2026-03-07T10:00"))
