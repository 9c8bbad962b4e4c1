from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.known import CoverageRow
from include.ledger.queries.coverage_totals import SeriesFilter
from include.ledger.work.comparisons import note_comparisons
from include.ledger.work.coverage import replace_coverage
from include.pipeline.monitoring.coverage import (
    DayCoverage,
    coverage_gaps,
    coverage_overview,
    series_calendars,
)
from include.planning.derived_intervals import ComparedDay
from include.planning.windows.coverage import Covered
from include.settings import Settings
from tests import clock
from tests.examples import examples

NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
TODAY = datetime(2026, 3, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
H1, H4 = Interval.H1, Interval.H4


@pytest.fixture(autouse=True)
def both_clocks() -> None:
    clock.move_to(NOW)


@pytest.fixture(scope="module")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger for many examples: making one takes longer than an example."""
    return tmp_path_factory.mktemp("home")


def covered(start: datetime, end: datetime, found: str = "rows", empty_reads: int = 0) -> Covered:
    return Covered(TimeRange(start, end), end, found, empty_reads)  # type: ignore[arg-type] # one of two words


def store(settings: Settings, entries: dict[Series, list[Covered]]) -> None:
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        replace_coverage(connection, entries)


def test_a_day_counts_what_came_what_is_proven_and_what_is_missing(tmp_path: Path) -> None:
    settings, btc = Settings(home=tmp_path), Series("BTC", "kalshi", H1)
    begin = TODAY - DAY + 6 * HOUR
    store(
        settings,
        {
            btc: [
                covered(begin, begin + 6 * HOUR),
                covered(begin + 8 * HOUR, begin + 9 * HOUR, "empty", 2),
                covered(begin + 9 * HOUR, begin + 12 * HOUR, "empty", 1),
                covered(begin + 12 * HOUR, TODAY + 2 * HOUR),
            ]
        },
    )

    found = series_calendars(settings, 3)
    overview = coverage_overview(settings, 3)

    day = DayCoverage("2026-03-09", expected=18, received=12, derived=0, proven_empty=1, unproven=3, missing=5)
    assert found.days == ["2026-03-08", "2026-03-09", "2026-03-10"]
    assert [one.expected for one in found.series[0].days] == [0, 18, 2]
    assert found.series[0].days[1] == day
    assert overview.groups[0].days == found.series[0].days
    assert overview.groups[0].newest_row == found.series[0].newest_row == TODAY + 2 * HOUR


def test_a_gap_names_its_symbols_and_the_range_that_heals_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pieces = [covered(TODAY - DAY, TODAY - 20 * HOUR), covered(TODAY - 12 * HOUR, TODAY)]
    store(settings, {Series(symbol, "kalshi", H1): pieces for symbol in ("ETH", "BTC")})

    found = coverage_gaps(settings, 3)

    assert (found.total, found.gaps[0].symbols, found.gaps[0].buckets) == (1, ["BTC", "ETH"], 8)
    assert (found.gaps[0].start, found.gaps[0].end) == (TODAY - 20 * HOUR, TODAY - 12 * HOUR)
    assert series_calendars(settings, 3, with_gaps=True).total == 2
    assert [day.missing for day in coverage_overview(settings, 3).groups[0].days] == [0, 16, 0]
    assert coverage_gaps(settings, 1, SeriesFilter("sol")).gaps == []
    assert coverage_gaps(settings, 3, until=(TODAY - 2 * DAY).date()).gaps == []
    assert series_calendars(settings, 3, until=(TODAY - 2 * DAY).date(), with_gaps=True).total == 0
    assert coverage_overview(settings, 2, until=(TODAY - DAY).date()).days == ["2026-03-08", "2026-03-09"]


def test_derived_time_is_neither_missing_nor_a_gap(tmp_path: Path) -> None:
    coarse = Series("BTC", "kalshi", H4)
    settings = Settings(home=tmp_path, series={"derive": True, "derive_proof_buckets": 6})
    store(settings, {coarse: [covered(TODAY - 3 * DAY, TODAY - 2 * DAY), covered(TODAY - 8 * HOUR, TODAY)]})
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        note_comparisons(connection, {coarse: [ComparedDay((TODAY - 2 * DAY).date(), 6, 6)]})

    found = series_calendars(settings, 4).series[0]

    assert [(one.received, one.derived, one.missing) for one in found.days] == [
        (6, 0, 0),
        (0, 6, 0),
        (2, 4, 0),
        (0, 0, 0),
    ]
    assert coverage_overview(settings, 4).groups[0].days == found.days
    assert coverage_gaps(settings, 4).gaps == []


@hypothesis.settings(max_examples=examples(25))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "C"]),
            st.sampled_from([H1, H4]),
            st.lists(
                st.tuples(st.sampled_from([1, 5, 24]), st.sampled_from([("rows", 0), ("empty", 0), ("empty", 2), None]))
            ),
        ),
        max_size=4,
        unique_by=lambda one: one[:2],
    )
)
def test_the_overview_is_the_sum_of_its_series(
    one_home: Path, lines: list[tuple[str, Interval, list[tuple[int, object]]]]
) -> None:
    settings, entries = Settings(home=one_home), {}
    for symbol, interval, pieces in lines:
        edge, found = TODAY - 2 * DAY, []
        for steps, what in pieces:
            end = edge + steps * interval.step
            found += [covered(edge, end, *what)] if what else []  # type: ignore[misc] # fields of several types
            edge = end
        if found:
            entries[Series(symbol, "kalshi", interval)] = found
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        connection.execute(delete(CoverageRow))
    store(settings, entries)
    overview, series = coverage_overview(settings, 4), series_calendars(settings, 4).series
    for group in overview.groups:
        days = [one.days for one in series if one.interval == group.interval]
        for place, day in enumerate(group.days):
            for name in ("expected", "received", "proven_empty", "unproven", "missing"):
                assert getattr(day, name) == sum(getattr(one[place], name) for one in days)
    assert sum(group.series for group in overview.groups) == len(entries)
