"""Each rule hits exactly the rows that break it (real Great Expectations throughout)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from include.domain.market import Interval, Stream
from include.domain.time_range import TimeRange
from include.settings.quality import Quality
from tests.quality.pages import (
    ALL_SOURCES,
    HOUR,
    MIDNIGHT,
    TOLERANT,
    assert_reconciled,
    every_rule,
    judged,
    page,
    reasons,
    result,
    row,
    the_finding,
)

KALSHI = Stream("BTC", Interval.H1, "kalshi")


def kalshi(hour: float, contracts: object, usd: object) -> dict[str, Any]:
    return row(hour, source="kalshi", open_interest=contracts, open_interest_usd=usd)


REPEATS_IN_STRANGE_ROW = ["row_keys_unique", "source_as_asked", "interval_as_asked"]
BAD_ROWS: list[tuple[object, list[str]]] = [
    (b"null", ["row_is_object"]),
    (b'"text"', ["row_is_object"]),
    (b"[1, 2]", ["row_is_object"]),
    (b'{"timestamp": "2026-03-07T00:00:00Z", "symbol": "BTC", "symbol": "BTC"}', REPEATS_IN_STRANGE_ROW),
    (b'{"timestamp": "2026-03-07T00:00:00Z", "timestamp": "2026-03-07T01:00:00Z"}', ["row_keys_unique"]),
    (row(timestamp=...), ["timestamp_present"]),
    (row(timestamp=None), ["timestamp_present"]),
    (row(timestamp="soon"), ["timestamp_readable"]),
    (row(timestamp=""), ["timestamp_readable"]),
    (row(timestamp=True), ["timestamp_readable"]),
    (row(timestamp=1e300), ["timestamp_readable"]),
    (row(timestamp={"at": 1}), ["timestamp_readable"]),
    (row(0.5), ["timestamp_on_grid"]),
    (row(timestamp="2026-03-07T00:00:00.000001Z"), ["timestamp_on_grid"]),
    (row(48), ["timestamp_not_in_future"]),
    (row(timestamp="1960-01-01T00:00:00Z"), ["timestamp_in_range"]),
    (row(timestamp="2106-02-07T07:00:00Z"), ["timestamp_in_range", "timestamp_not_in_future"]),
    (row(symbol="DOGE"), ["symbol_as_asked"]),
    (row(symbol="btc"), ["symbol_as_asked"]),
    (row(symbol=...), ["symbol_as_asked"]),
    (row(symbol=5), ["symbol_as_asked"]),
    (row(source="hyperliquid"), ["source_as_asked"]),
    (row(source=None), ["source_as_asked"]),
    (row(source="any source sold"), ["source_as_asked"]),
    (row(interval="4h"), ["interval_as_asked"]),
    (row(interval="fortnight"), ["interval_as_asked"]),
    (row(interval=...), ["interval_as_asked"]),
    (row(open_interest=...), ["open_interest_present"]),
    (row(open_interest=None), ["open_interest_present"]),
    (row(open_interest="many"), ["open_interest_numeric"]),
    (row(open_interest="1_000"), ["open_interest_numeric"]),
    (row(open_interest=""), ["open_interest_numeric"]),
    (row(open_interest=True), ["open_interest_numeric"]),
    (row(open_interest=[1]), ["open_interest_numeric"]),
    (row(open_interest=float("nan")), ["open_interest_finite"]),
    (row(open_interest=float("-inf")), ["open_interest_finite"]),
    (row(open_interest="Infinity"), ["open_interest_finite"]),
    (row(open_interest=10**400), ["open_interest_finite"]),
    (row(open_interest=-0.01), ["open_interest_in_range"]),
    (row(open_interest=1.1e15), ["open_interest_in_range"]),
    (row(open_interest_usd="n/a"), ["open_interest_usd_numeric"]),
    (row(open_interest_usd=False), ["open_interest_usd_numeric"]),
    (row(open_interest_usd=float("nan")), ["open_interest_usd_finite"]),
    (row(open_interest_usd=-1), ["open_interest_usd_in_range"]),
    (row(open_interest_usd=2e15), ["open_interest_usd_in_range"]),
    (row(0.5, symbol="DOGE", open_interest=-1), ["timestamp_on_grid", "symbol_as_asked", "open_interest_in_range"]),
]


def test_each_bad_row_is_quarantined_for_exactly_its_rules() -> None:
    """The sound rows load."""
    sound = [row(hour) for hour in range(1, 24)]
    pages = [page(*(bad for bad, _ in BAD_ROWS), *sound)]

    verdict = judged(*pages)

    assert reasons(verdict) == {i: rules for i, (_, rules) in enumerate(BAD_ROWS)}
    assert verdict.accepted.num_rows == len(sound)
    assert_reconciled(verdict, pages)


@pytest.mark.parametrize(
    ("bad", "rules"), BAD_ROWS, ids=lambda value: ",".join(value) if isinstance(value, list) else ""
)
def test_a_bad_row_alone_in_its_page_gets_the_same_verdict(bad: object, rules: list[str]) -> None:
    assert reasons(judged(page(bad))) == {0: rules}


def test_quarantine_names_the_requested_series_and_keeps_the_text() -> None:
    """Where the row names none."""
    text = b'{"open_interest" :  NaN, "note":"\xc3\xa9"}'

    (entry,) = judged(page(row(1), text)).quarantine.to_pylist()

    assert entry["raw"] == text.decode()
    assert (entry["symbol"], entry["source"], entry["interval"]) == ("BTC", "binance_futures", "1h")
    assert (entry["timestamp_text"], entry["page_path"], entry["row_index"]) == ("", "landing/page-0", 1)
    assert entry["known_at"] == MIDNIGHT + 25 * HOUR


def test_quarantine_shows_names_and_timestamp_as_received() -> None:
    (entry,) = judged(page(row(symbol="DOGE", interval="24h", timestamp=1772841600))).quarantine.to_pylist()

    assert (entry["symbol"], entry["interval"], entry["timestamp_text"]) == ("DOGE", "24h", "1772841600")


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-03-07T00:00:00Z",
        "2026-03-07T00:00:00+00:00",
        "2026-03-07T00:00:00.000000+00:00",
        "2026-03-07T01:00:00+01:00",
        "2026-03-07T00:00:00",
        "2026-03-07",
        1772841600,
        1772841600000,
        1772841600.0,
    ],
)
def test_every_spelling_of_an_instant_is_read_as_that_instant(timestamp: object) -> None:
    """Behaviour 15, and epoch numbers."""
    assert judged(page(row(timestamp=timestamp))).accepted["timestamp"].to_pylist() == [MIDNIGHT]


@pytest.mark.parametrize("value", [1234, 1234.0, "1234", " 1234.0 ", "1.234e3"])
def test_numeric_texts_are_read_as_numbers(value: object) -> None:
    """Behaviour 19."""
    verdict = judged(page(row(open_interest=value, open_interest_usd=value)))
    assert verdict.accepted["open_interest"].to_pylist() == [1234.0]
    assert verdict.accepted["open_interest_usd"].to_pylist() == [1234.0]


@pytest.mark.parametrize("usd", [None, ...])
def test_a_row_without_usd_loads_with_a_null(usd: object) -> None:
    """Behaviour 18."""
    assert judged(page(row(open_interest_usd=usd))).accepted["open_interest_usd"].to_pylist() == [None]


def test_24h_is_1d_and_is_stored_as_asked() -> None:
    """Behaviour 17."""
    day = Stream("BTC", Interval.D1, "binance_futures")
    verdict = judged(page(row(interval="24h"), stream=day))
    assert verdict.accepted["interval"].to_pylist() == ["1d"]


def test_a_symbol_alias_is_stored_under_the_asked_symbol() -> None:
    settings = Quality(symbol_aliases={"BTCUSDT": "BTC"})
    verdict = judged(page(row(0, symbol="BTCUSDT"), row(1, symbol="ETHUSDT")), settings=settings)
    assert verdict.accepted["symbol"].to_pylist() == ["BTC"]
    assert reasons(verdict) == {1: ["symbol_as_asked"]}


def test_an_asked_symbol_is_never_taken_for_the_alias_of_another() -> None:
    settings = Quality(symbol_aliases={"BTCUSDT": "BTC"})
    contract = Stream("BTCUSDT", Interval.H1, "binance_futures")
    verdict = judged(page(row(0, symbol="BTCUSDT"), stream=contract), settings=settings)
    assert verdict.accepted["symbol"].to_pylist() == ["BTCUSDT"]


def test_all_sources_asked_takes_any_source_the_vendor_sells_and_no_other() -> None:
    """Behaviour 20: two sources at one timestamp are two rows."""
    rows = [
        row(),
        row(source="hyperliquid"),
        row(source="kalshi", open_interest_usd=None),
        row(source="okx"),
        row(source=...),
        row(source="any source sold"),
    ]
    verdict = judged(page(*rows, stream=ALL_SOURCES))

    assert verdict.accepted["source"].to_pylist() == ["binance_futures", "hyperliquid", "kalshi"]
    assert reasons(verdict) == {i: ["source_as_asked"] for i in (3, 4, 5)}
    assert {f.series.source: f.received for f in verdict.findings} == {
        "binance_futures": 1,
        "hyperliquid": 1,
        "kalshi": 1,
        "unknown": 3,
    }


def test_a_timestamp_may_lead_the_receipt_by_the_clock_skew_and_no_more() -> None:
    at_skew = page(row(), received_at=MIDNIGHT - timedelta(seconds=300))
    beyond = page(row(), received_at=MIDNIGHT - timedelta(seconds=300.001))
    assert reasons(judged(at_skew)) == {}
    assert reasons(judged(beyond)) == {0: ["timestamp_not_in_future"]}


def test_kalshi_usd_must_equal_the_contracts_within_a_cent_or_a_millionth() -> None:
    rows = [
        kalshi(0, 100, 100.009),
        kalshi(1, 100, 100.02),
        kalshi(2, 50_000_000, 50_000_049),
        kalshi(3, 50_000_000, 50_000_051),
        kalshi(4, 19_576, None),
        kalshi(5, 0, 0),
        kalshi(6, 0.5, 0.5),
        kalshi(7, 10, 10 * 94_000),
    ]
    assert reasons(judged(page(*rows, stream=KALSHI))) == {i: ["kalshi_usd_is_contracts"] for i in (1, 3, 7)}


def test_a_unit_change_is_warned_of_and_still_loads() -> None:
    """Behaviour 45."""
    rows = [row(hour) for hour in range(9)] + [row(9, open_interest=50.0), row(10, open_interest=5e6)]
    verdict = judged(page(*rows))
    warning = result(verdict, "implied_price_in_band")
    assert (warning["success"], warning["unexpected_count"], warning["severity"]) == (False, 2, "warning")
    assert '"open_interest": 50.0' in warning["sample"]
    assert verdict.accepted.num_rows == 11


def test_the_implied_price_is_compared_within_its_own_series() -> None:
    """On Kalshi it is not compared."""
    rows = [row(hour) for hour in range(4)]
    rows += [row(hour, source="hyperliquid", open_interest_usd=50_000.25 * 2) for hour in range(4)]
    rows += [kalshi(0, 5, 5), kalshi(1, 0, 0)]
    verdict = judged(page(*rows, stream=ALL_SOURCES))
    outcome = result(verdict, "implied_price_in_band")
    assert outcome["success"]
    assert outcome["missing_count"] == 2


def test_a_real_crash_loads() -> None:
    """-71 % in three hours happened (2025-10-10)."""
    levels = [1_000_000.0, 810_000.0, 450_000.0, 290_000.0, 300_000.0]
    rows = [row(i, open_interest=oi, open_interest_usd=oi * 94_000) for i, oi in enumerate(levels)]
    verdict = judged(page(*rows))
    assert verdict.accepted["open_interest"].to_pylist() == levels
    assert all(entry["success"] for entry in verdict.dq.to_pylist())


def test_zero_open_interest_loads() -> None:
    verdict = judged(page(row(0, open_interest=0, open_interest_usd=0), row(1, open_interest=0)))
    assert verdict.accepted.num_rows == 2


def test_conflicting_values_of_one_key_are_all_quarantined() -> None:
    """Behaviours 13 and 21."""
    first = page(row(0), row(1), page_path="p1")
    second = page(row(1, open_interest=1), row(2), row(1), page_path="p2", received_at=MIDNIGHT + 26 * HOUR)
    verdict = judged(first, second)

    quarantined = [(q["page_path"], q["row_index"], q["rules"]) for q in verdict.quarantine.to_pylist()]
    assert quarantined == [(path, i, ["conflicting_duplicate"]) for path, i in (("p1", 1), ("p2", 0), ("p2", 2))]
    assert verdict.accepted["timestamp"].to_pylist() == [MIDNIGHT, MIDNIGHT + 2 * HOUR]
    assert the_finding(verdict).found == [TimeRange(MIDNIGHT, MIDNIGHT + 3 * HOUR)]  # all of it arrived


def test_a_null_usd_beside_a_usd_is_a_conflict() -> None:
    verdict = judged(page(row(0), row(0, open_interest_usd=None)))
    assert set(reasons(verdict)) == {0, 1}


def test_a_bad_row_does_not_draw_the_sound_row_of_its_key_into_a_conflict() -> None:
    """Behaviours 18 and 19: a malformed value rejects that row only."""
    verdict = judged(page(row(0), row(0, open_interest=None), row(0, open_interest=-5)))
    assert reasons(verdict) == {1: ["open_interest_present"], 2: ["open_interest_in_range"]}
    assert verdict.accepted.num_rows == 1


@pytest.mark.parametrize(("bad", "blocked"), [(10, False), (11, True)])
def test_a_series_with_too_large_a_share_of_bad_rows_is_quarantined_whole(bad: int, blocked: bool) -> None:
    """Rule 4: its sound rows are in quarantine, not lost."""
    settings = Quality(max_bad_share=0.5, min_rows_to_block=20)
    rows = [row(i, open_interest=-1 if i < bad else 5) for i in range(20)]
    verdict = judged(page(*rows), settings=settings)

    finding = the_finding(verdict)
    assert finding.blocked is blocked
    assert finding.quarantined == (20 if blocked else bad)
    assert reasons(verdict).get(19) == (["series_blocked"] if blocked else None)
    assert reasons(verdict)[0] == ["open_interest_in_range"]
    assert finding.found == [TimeRange(MIDNIGHT, MIDNIGHT + 20 * HOUR)]  # quarantine is not bought again
    assert result(verdict, "series_blocked")["success"] is not blocked


def test_a_series_with_few_rows_is_never_blocked() -> None:
    settings = Quality(max_bad_share=0.5, min_rows_to_block=20)
    verdict = judged(page(*(row(i, open_interest=-1) for i in range(18)), row(18)), settings=settings)
    assert verdict.accepted.num_rows == 1


def test_a_blocked_series_does_not_stop_the_others() -> None:
    settings = Quality(max_bad_share=0.2, min_rows_to_block=5)
    good = [row(i) for i in range(10)]
    rotten = [row(i, source="hyperliquid", open_interest="?" if i else 5) for i in range(10)]
    pages = [page(*good, *rotten, stream=ALL_SOURCES)]
    verdict = judged(*pages, settings=settings)

    assert {f.series.source: (f.blocked, f.accepted) for f in verdict.findings} == {
        "binance_futures": (False, 10),
        "hyperliquid": (True, 0),
    }
    assert result(verdict, "series_blocked")["sample"] == '["BTC hyperliquid 1h"]'
    assert_reconciled(verdict, pages)


def test_a_wholly_bad_series_counts_as_blocked() -> None:
    rows = [row(i, open_interest=None) for i in range(24)]
    verdict = judged(page(*rows), settings=Quality())
    assert the_finding(verdict).blocked
    assert set(map(tuple, reasons(verdict).values())) == {("open_interest_present",)}


def test_bounds_come_from_the_settings() -> None:
    settings = TOLERANT.model_copy(update={"max_open_interest": 100.0, "max_open_interest_usd": 1000.0})
    rows = [row(0, open_interest=100, open_interest_usd=1000), row(1, open_interest=101, open_interest_usd=1001)]
    assert reasons(judged(page(*rows), settings=settings)) == {
        1: ["open_interest_in_range", "open_interest_usd_in_range"]
    }


def test_every_rule_has_a_name_of_its_own_and_a_sentence() -> None:
    rules = every_rule()
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.sentence.endswith(".") for rule in rules)
    assert [rule.name for rule in rules if rule.severity == "warning"] == ["implied_price_in_band"]


def test_descriptions_name_the_bounds_in_force() -> None:
    rules = every_rule(Quality(max_open_interest=123, max_bad_share=0.25))
    sentences = {rule.name: rule.sentence for rule in rules}
    assert "at most 123" in sentences["open_interest_in_range"]
    assert "25%" in sentences["series_blocked"]
