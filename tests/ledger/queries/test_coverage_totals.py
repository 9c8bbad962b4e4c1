from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import Ledger
from include.ledger.queries.coverage_totals import (
    ANY,
    SeriesFilter,
    equal_stretches,
    newest_rows,
    series_with_coverage,
    shared_gaps,
)
from include.ledger.work.coverage import replace_coverage
from include.planning.windows.coverage import Covered

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
H1 = Interval.H1
ALL = TimeRange(START, START + 9 * DAY)


def covered(first: float, last: float, found: str = "rows", empty_reads: int = 0) -> Covered:
    """A stretch in days after the first of March."""
    stretch = TimeRange(START + first * DAY, START + last * DAY)
    return Covered(stretch, stretch.end, found, empty_reads)  # type: ignore[arg-type] # one of two words


def store(ledger: Ledger, entries: dict[Series, list[Covered]]) -> None:
    with ledger.write() as connection:
        replace_coverage(connection, entries)


def test_series_with_equal_edges_are_counted_together(ledger: Ledger) -> None:
    both = [covered(0, 2), covered(2, 3, "empty", 2), covered(3, 4, "empty", 1)]
    store(ledger, {Series(symbol, "kalshi", H1): both for symbol in ("A", "B")})

    with ledger.read() as connection:
        found = equal_stretches(connection, ANY, START + DAY, START + 3 * DAY)

    assert sorted((one.what, one.start, one.end, one.series) for one in found) == [
        ("proven_empty", START + 2 * DAY, START + 3 * DAY, 2),
        ("received", START, START + 2 * DAY, 2),
        ("requested", START, START + 4 * DAY, 2),
    ]


def test_equal_gaps_are_one_and_the_newest_comes_first(ledger: Ledger) -> None:
    gap = [covered(0, 1), covered(2, 3)]
    store(
        ledger,
        {
            Series("A", "kalshi", H1): gap,
            Series("B", "kalshi", H1): gap,
            Series("C", "kalshi", H1): [covered(0, 1.5), covered(2.5, 3)],
            Series("D", "kalshi", H1): [covered(0, 1), covered(1, 3, "empty", 1)],
        },
    )

    with ledger.read() as connection:
        found, total = shared_gaps(connection, ANY, ALL, limit=1)
        rest, _ = shared_gaps(connection, ANY, ALL, limit=1, offset=1)
        later, _ = shared_gaps(connection, ANY, TimeRange(START + 2.2 * DAY, ALL.end), limit=9)
        series, count = series_with_coverage(connection, ANY, gaps_within=ALL, limit=9, offset=0)

    assert total == 2
    assert [(one.symbols, one.start, one.end) for one in found + rest] == [
        (["C"], START + 1.5 * DAY, START + 2.5 * DAY),
        (["A", "B"], START + DAY, START + 2 * DAY),
    ]
    assert later == found
    assert ([one.symbol for one in series], count) == (["A", "B", "C"], 3)


def test_pages_of_series_follow_each_other_and_keep_to_the_filter(ledger: Ledger) -> None:
    symbols = [f"KX_{number}%" for number in range(5)] + ["KXX1", "BTC"]
    store(ledger, {Series(symbol, "kalshi", H1): [covered(0, 1)] for symbol in symbols})
    store(ledger, {Series("BTC", "hyperliquid", Interval.M5): [covered(0, 1)]})

    def page(only: SeriesFilter, offset: int = 0) -> tuple[list[str], int]:
        with ledger.read() as connection:
            found, total = series_with_coverage(connection, only, gaps_within=None, limit=3, offset=offset)
        return [one.symbol for one in found], total

    assert page(SeriesFilter("kx_")) == (["KX_0%", "KX_1%", "KX_2%"], 5)
    assert page(SeriesFilter("kx_"), 3) == (["KX_3%", "KX_4%"], 5)
    assert page(SeriesFilter(source="hyperliquid")) == (["BTC"], 1)
    assert page(SeriesFilter(interval=Interval.M5)) == (["BTC"], 1)
    assert page(SeriesFilter("nobody")) == ([], 0)


def test_newest_rows_are_those_of_each_series(ledger: Ledger) -> None:
    store(
        ledger,
        {
            Series("A", "kalshi", H1): [covered(0, 1), covered(1, 3, "empty", 1)],
            Series("B", "kalshi", H1): [covered(0, 3)],
            Series("C", "kalshi", H1): [covered(0, 3)],
            Series("D", "kalshi", H1): [covered(0, 3, "empty", 2)],
        },
    )

    with ledger.read() as connection:
        found = newest_rows(connection, ANY)

    assert sorted((one.newest, one.series) for one in found) == [(START + DAY, 1), (START + 3 * DAY, 2)]
