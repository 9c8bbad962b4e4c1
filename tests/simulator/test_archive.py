from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.market import Interval, Series
from include.simulator.archive import Archive

ARCHIVE = Archive(7, {})
TOP = datetime(2026, 3, 20, 12, tzinfo=UTC)


def last_row(now: datetime, interval: Interval = Interval.H1) -> tuple[int, float]:
    data = ARCHIVE.series(Series("BTC", "hyperliquid", interval))
    assert data is not None
    end = int(TOP.timestamp()) + 1
    rows = data.rows(end - 10 * interval.seconds, end, now.timestamp())
    return int(rows.times[-1]), float(rows.open_interest[-1])


def test_a_row_exists_from_its_snapshot_on() -> None:
    assert last_row(TOP - timedelta(seconds=1))[0] == TOP.timestamp() - 3600
    assert last_row(TOP)[0] == TOP.timestamp()


@pytest.mark.parametrize("minutes", [0, 20, 40, 59])
def test_the_bucket_in_progress_is_served_slightly_off_its_final_value(minutes: int) -> None:
    final = last_row(TOP + timedelta(hours=1))[1]
    early = last_row(TOP + timedelta(minutes=minutes))[1]
    assert early != final
    assert abs(early / final - 1) < 0.01


def test_a_provisional_value_changes_each_quarter_of_its_bucket() -> None:
    """Within a quarter it stays."""
    seen = [last_row(TOP + timedelta(minutes=minutes))[1] for minutes in (0, 14, 16, 31, 46)]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


def test_a_closed_bucket_never_changes_again() -> None:
    later = {last_row(TOP + timedelta(hours=hours))[1] for hours in (1, 2, 50, 5000)}
    assert len(later) == 1


def test_a_snapshot_is_final_in_five_minutes_while_its_day_is_still_open() -> None:
    day = datetime(2026, 3, 20, tzinfo=UTC)
    daily, fine = (ARCHIVE.series(Series("BTC", "hyperliquid", i)) for i in (Interval.D1, Interval.M5))
    assert daily is not None
    assert fine is not None
    start = int(day.timestamp())
    open_day, closed = (daily.rows(start, start + 1, at.timestamp()) for at in (TOP, TOP + timedelta(days=1)))
    snapshot = fine.rows(start, start + 1, TOP.timestamp())
    assert snapshot.open_interest[0] == closed.open_interest[0] != open_day.open_interest[0]


def test_a_symbol_that_the_source_does_not_list_has_no_data() -> None:
    assert ARCHIVE.series(Series("KXELONMARS-99", "hyperliquid", Interval.H1)) is None
    assert ARCHIVE.series(Series("XRP", "kalshi", Interval.H1)) is None
