from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.planning.symbols import (
    Listed,
    Universe,
    has_patterns,
    holds,
    inactive_symbols,
    universe_of,
    with_first_rows,
)
from include.planning.windows.coverage import Covered, Found
from include.settings.series import SymbolGroup

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
H1 = Interval.H1


def group(
    *symbols: str, sources: tuple[str, ...] = ("kalshi",), intervals: tuple[Interval, ...] = (H1,)
) -> SymbolGroup:
    return SymbolGroup(symbols=list(symbols), sources=list(sources), intervals=list(intervals))


def listed(symbol: str, **more: Any) -> Listed:
    long_ago = NOW - 30 * DAY
    values = {"sources": ("kalshi",), "intervals": ("1h",), "first_seen": long_ago, "listed_since": long_ago}
    return Listed(**{"symbol": symbol, "last_seen": NOW, **values, **more})


def universe(groups: list[SymbolGroup], *known: Listed, refused: dict[str, list[datetime]] | None = None) -> Universe:
    return universe_of(groups, {one.symbol: one for one in known}, refused or {}, now=NOW, refusals=3)


def test_a_plain_name_needs_no_list_and_a_pattern_does() -> None:
    assert not has_patterns([group("BTC", "KXFED-26DEC")])
    assert has_patterns([group("BTC"), group("KX*")])
    assert list(universe([group("BTC", "NOSUCH")]).members) == ["BTC", "NOSUCH"]


def test_patterns_take_from_the_list_what_no_exclusion_takes_out() -> None:
    known = [listed(name) for name in ("KXFED-26DEC", "KXFED-27JAN", "KXFEDX", "BTC")]
    found = universe([group("KXFED-*", "!KXFED-2?DEC", "ETH")], *known)
    assert list(found.members) == ["ETH", "KXFED-27JAN"]
    assert found.found == {"KXFED-27JAN"}


def test_a_pattern_that_matches_nothing_is_reported() -> None:
    found = universe([group("KX*", "NO?E", "BTC")], listed("KXFED-26DEC"))
    assert found.unmatched == ("NO?E",)


def test_the_first_group_decides_and_names_win_over_patterns() -> None:
    groups = [group("KXB*", intervals=(Interval.D1,)), group("KX*", "KXBTC")]
    found = universe(groups, *[listed(name, intervals=()) for name in ("KXBTC", "KXBIG", "KXFED")])
    assert {name: list(member.intervals) for name, member in found.members.items()} == {
        "KXBTC": [H1],
        "KXBIG": [Interval.D1],
        "KXFED": [H1],
    }
    assert holds(groups[0], "KXBIG")
    assert not holds(groups[0], "KXFED")


@pytest.mark.parametrize(
    ("listed_sources", "asked"),
    [(("kalshi",), ("kalshi",)), (("polymarket",), ("hyperliquid", "kalshi")), ((), ("hyperliquid", "kalshi"))],
)
def test_a_found_symbol_has_the_sources_and_intervals_of_the_list(
    listed_sources: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    wanted = group("KX*", sources=("hyperliquid", "kalshi"))
    assert universe([wanted], listed("KXFED", sources=listed_sources)).members["KXFED"].sources == asked


def test_a_symbol_missing_from_two_lists_is_gone() -> None:
    once = universe([group("KX*")], listed("KXFED", missing_since=NOW - HOUR, missed=1)).members["KXFED"]
    assert (once.state, once.end) == ("active", None)

    gone = universe([group("KX*")], listed("KXFED", missing_since=NOW - 2 * HOUR, missed=2)).members["KXFED"]
    assert (gone.state, gone.end) == ("gone", NOW - 2 * HOUR)
    assert gone.of(H1, TimeRange(NOW - DAY, NOW)) == TimeRange(NOW - DAY, NOW - 2 * HOUR)
    assert gone.of(H1, TimeRange(NOW - HOUR, NOW)) is None


def test_a_refused_symbol_is_retried_after_a_new_list_or_a_day() -> None:
    groups = [group("KX*", "BTC")]
    refused = [NOW - 10 * DAY, NOW - 9 * DAY, NOW - 8 * DAY]
    asked = universe(groups, listed("KXFED"), refused={"KXFED": refused, "BTC": refused})
    assert {name: member.state for name, member in asked.members.items()} == {"BTC": "active", "KXFED": "refused"}

    back = universe(groups, listed("KXFED", listed_since=NOW - DAY), refused={"KXFED": refused})
    assert back.members["KXFED"].state == "active"
    assert universe(groups, refused={"BTC": [NOW - HOUR] * 3}).members["BTC"].state == "refused"


def test_a_symbol_that_left_the_list_and_is_refused_once_is_asked_no_more() -> None:
    gone = listed("KXFED", missing_since=NOW - 2 * HOUR, missed=2)
    assert universe([group("KX*")], gone, refused={"KXFED": [NOW - DAY]}).members["KXFED"].state == "gone"
    assert universe([group("KX*")], gone, refused={"KXFED": [NOW - HOUR]}).members["KXFED"].state == "refused"


def entry(start: datetime, end: datetime, found: Found, observed_at: datetime | None = None) -> Covered:
    return Covered(TimeRange(start, end), observed_at or end, found, int(found == "empty"))


def test_a_market_is_read_from_its_first_listing_or_row() -> None:
    born = universe([group("KX*")], listed("KXNEW", listed_after=NOW - 5 * HOUR), listed("KXOLD"))
    row = NOW - 3 * HOUR + timedelta(minutes=25)
    coverage = {Series(name, "kalshi", Interval.M5): [entry(row, NOW, "rows")] for name in ("KXNEW", "KXOLD")}
    whole = TimeRange(NOW - DAY, NOW)

    assert born.members["KXNEW"].of(H1, whole) == TimeRange(NOW - 5 * HOUR, NOW)
    seen = with_first_rows(born, coverage).members
    assert seen["KXNEW"].of(H1, whole) == TimeRange(NOW - 3 * HOUR, NOW)
    assert seen["KXOLD"].of(H1, whole) == whole


@pytest.mark.parametrize(
    ("entries", "is_silent"),
    [
        ([entry(NOW - 20 * DAY, NOW - 7 * DAY, "rows"), entry(NOW - 7 * DAY, NOW, "empty")], True),
        ([entry(NOW - 20 * DAY, NOW - 6 * DAY, "rows"), entry(NOW - 6 * DAY, NOW, "empty")], False),
        ([entry(NOW - 3 * DAY, NOW, "empty"), entry(NOW - 9 * DAY, NOW - 3 * DAY, "empty")], True),
        ([entry(NOW - 9 * DAY, NOW - 4 * DAY, "empty"), entry(NOW - 3 * DAY, NOW, "empty")], False),  # a gap between
        ([entry(NOW - 90 * DAY, NOW - 40 * DAY, "empty", NOW)], False),  # an old range that was loaded once
        ([], False),
    ],
)
def test_silence_counts_when_it_was_asked_up_to_date_without_a_break(entries: list[Covered], is_silent: bool) -> None:
    assert inactive_symbols({Series("KXFED", "kalshi", H1): entries}, 7) == ({"KXFED"} if is_silent else set())


def test_a_symbol_with_one_series_that_speaks_is_not_silent() -> None:
    speaking = [entry(NOW - 20 * DAY, NOW, "rows")]
    dumb = [entry(NOW - 20 * DAY, NOW, "empty")]
    coverage = {Series("KXFED", "kalshi", H1): dumb, Series("KXFED", "hyperliquid", H1): speaking}
    assert inactive_symbols(coverage, 7) == set()
