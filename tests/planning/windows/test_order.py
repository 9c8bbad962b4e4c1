from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.domain.market import Interval, Stream
from include.planning.windows.order import Order
from include.planning.windows.windows import PlannedWindow

DAY = datetime(2026, 3, 7, tzinfo=UTC)


def window(symbol: str, day: int, days: int = 1) -> PlannedWindow:
    start = DAY + timedelta(days=day)
    return PlannedWindow(Stream(symbol, Interval.H1, None), start, start + timedelta(days=days), 72, 1, 266, 266)


def test_newest_first_goes_by_the_end_and_oldest_first_by_the_start() -> None:
    long, early, late = window("BTC", 0, days=3), window("BTC", 0), window("BTC", 1)

    assert sorted([early, long, late], key=Order.NEWEST_FIRST.rank) == [long, late, early]
    assert sorted([late, long, early], key=Order.OLDEST_FIRST.rank)[-1] == late


def test_at_one_time_the_symbols_keep_their_order_either_way() -> None:
    windows = [window("ETH", 0), window("BTC", 0)]

    for order in Order:
        assert [one.stream.symbol for one in sorted(windows, key=order.rank)] == ["BTC", "ETH"]
