from __future__ import annotations

from datetime import date

from include.domain.market import Interval, Series
from include.ledger.database.engine import Ledger
from include.ledger.work.comparisons import comparisons_of, note_comparisons
from include.planning.derived_intervals import ComparedDay

SERIES, OTHER = (Series("BTC", source, Interval.H1) for source in ("kalshi", "hyperliquid"))
FIRST, SECOND = date(2026, 3, 7), date(2026, 3, 8)


def test_newest_comparison_of_a_day_counts(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_comparisons(connection, {SERIES: [ComparedDay(SECOND, 6, 6), ComparedDay(FIRST, 24, 24)]})
        note_comparisons(
            connection, {SERIES: [ComparedDay(SECOND, 8, 7, "differs")], OTHER: [ComparedDay(FIRST, 1, 1)]}
        )
    with ledger.read() as connection:
        assert comparisons_of(connection) == {
            SERIES: [ComparedDay(FIRST, 24, 24), ComparedDay(SECOND, 8, 7, "differs")],
            OTHER: [ComparedDay(FIRST, 1, 1)],
        }


def test_nothing_compared_stores_nothing(ledger: Ledger) -> None:
    with ledger.write() as connection:
        note_comparisons(connection, {})
    with ledger.read() as connection:
        assert comparisons_of(connection) == {}
