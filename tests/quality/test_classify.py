"""Every received row ends in exactly one place (rules 3 and 4)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from include.domain.clock import iso, parse_instant
from include.domain.market import Interval, Stream
from include.domain.time_range import TimeRange
from include.quality import PageInput
from include.settings.quality import Quality
from tests.examples import examples
from tests.quality.pages import (
    ALL_SOURCES,
    BTC,
    HOUR,
    MIDNIGHT,
    assert_reconciled,
    body,
    judged,
    page,
    reasons,
    row,
    the_finding,
)


def test_rows_outside_the_window_are_counted_and_dropped() -> None:
    """Behaviour 16."""
    verdict = judged(page(row(-1), row(0), row(23), row(24), row(25)))
    finding = the_finding(verdict)
    assert (finding.accepted, finding.outside, finding.quarantined) == (2, 3, 0)
    assert verdict.accepted["timestamp"].to_pylist() == [MIDNIGHT, MIDNIGHT + 23 * HOUR]


def test_a_bad_row_outside_the_window_is_quarantined_not_dropped() -> None:
    verdict = judged(page(row(-1, open_interest=-1), row(-1)))
    finding = the_finding(verdict)
    assert (finding.quarantined, finding.outside) == (1, 1)
    assert reasons(verdict) == {0: ["open_interest_in_range"]}


def test_a_repeat_in_an_answer_is_a_duplicate_and_a_later_one_a_reading() -> None:
    """Behaviour 13: the warehouse shows the key once, with the moment at which it was last received."""
    later = MIDNIGHT + 30 * HOUR
    pages = [page(row(0), row(1), row(1)), page(row(1), row(2), page_path="landing/page-1", received_at=later)]
    verdict = judged(*pages)
    finding = the_finding(verdict)
    assert (finding.accepted, finding.duplicates) == (4, 1)
    assert verdict.accepted["known_at"].to_pylist() == [MIDNIGHT + 25 * HOUR] * 2 + [later] * 2


def test_the_same_value_spelt_differently_is_a_duplicate() -> None:
    rows = [
        row(open_interest=5),
        row(open_interest="5.0"),
        row(open_interest=5.0, timestamp="2026-03-07T00:00:00+00:00"),
    ]
    assert the_finding(judged(page(*rows))).duplicates == 2


def test_a_repeated_outside_row_is_outside_each_time() -> None:
    assert the_finding(judged(page(row(24), row(24)))).outside == 2


def test_an_overrun_of_one_window_neither_doubles_nor_contradicts_the_next() -> None:
    first = page(row(23), row(24, open_interest=1), window_id="a", page_path="a")
    second = page(row(24), window_id="b", page_path="b", start=MIDNIGHT + 24 * HOUR, end=MIDNIGHT + 48 * HOUR)
    verdict = judged(first, second)
    assert verdict.accepted["open_interest"].to_pylist() == [50_000.25, 50_000.25]
    assert [f.outside for f in verdict.findings] == [1, 0]


def test_readings_of_a_key_by_different_windows_are_revisions_and_all_load() -> None:
    """Rules 5 and 6: dropping an equal one would let a reading between them, in a later batch, stand as the last."""
    values = [1.0, 2.0, 2.0, 1.0]
    pages = [
        page(row(open_interest=oi), window_id=f"w{i}", page_path=f"p{i}", received_at=MIDNIGHT + (25 + i) * HOUR)
        for i, oi in enumerate(values)
    ]
    verdict = judged(*reversed(pages))
    assert verdict.accepted["open_interest"].to_pylist() == values
    assert [known_at.hour for known_at in verdict.accepted["known_at"].to_pylist()] == [1, 2, 3, 4]


def test_a_row_off_the_grid_or_of_another_series_proves_no_point() -> None:
    verdict = judged(page(row(0.5), row(1, symbol="ETH"), row(2, interval="4h"), row(3, open_interest=None)))
    (finding,) = verdict.findings
    assert finding.quarantined == 4
    assert finding.found == [TimeRange(MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR)]


def test_a_duplicate_proves_its_point_for_its_own_window() -> None:
    pages = [page(row(0), row(0), window_id=name, page_path=name) for name in ("a", "b")]
    verdict = judged(*pages)
    assert [f.found for f in verdict.findings] == [[TimeRange(MIDNIGHT, MIDNIGHT + HOUR)]] * 2


FIELD_CHANGES: dict[str, list[Any]] = {
    "timestamp": [None, "x", 1772841600, "2026-03-07T00:00:00+00:00", "2026-03-07T00:30:00Z", "2026-04-01T00:00:00Z"],
    "symbol": [None, "ETH", 7, "\ud800"],
    "source": [None, "kalshi", "hyperliquid", "okx"],
    "interval": [None, "24h", "5m"],
    "open_interest": [None, ..., "5", "x", True, float("nan"), float("inf"), -1, 0, 1e300, 10**400],
    "open_interest_usd": [None, ..., "5", "x", [], float("nan"), -1, 0, 5.0, 1e300],
}
hours = st.integers(-2, 6)
change = st.sampled_from(sorted(FIELD_CHANGES)).flatmap(
    lambda field: st.sampled_from(FIELD_CHANGES[field]).map(lambda value: {field: value})
)
sound_rows = st.builds(
    lambda hour, oi: row(hour, open_interest=oi, open_interest_usd=oi), hours, st.sampled_from([5, 6])
)
odd_rows = st.builds(
    lambda hour, one, two: row(hour, **one, **{k: v for k, v in two.items() if k not in one}), hours, change, change
)
rows = st.one_of(sound_rows, sound_rows, odd_rows, st.sampled_from([None, "text", 5, [], {}]))
streams = st.sampled_from([BTC, ALL_SOURCES, Stream("ETH", Interval.M5, "kalshi"), Stream("BTC", Interval.D1)])


@st.composite
def batches(draw: st.DrawFn) -> list[PageInput]:
    windows = [(f"w{i}", draw(streams), draw(st.integers(0, 2))) for i in range(draw(st.integers(1, 3)))]
    pages = []
    for i in range(draw(st.integers(1, 5))):
        window_id, stream, start = draw(st.sampled_from(windows))
        pages.append(
            page(
                window_id=window_id,
                stream=stream,
                start=MIDNIGHT + start * HOUR,
                end=MIDNIGHT + (start + 3) * HOUR,
                page_path=f"p{i}",
                received_at=MIDNIGHT + timedelta(hours=draw(st.integers(4, 30))),
                body=body(*draw(st.lists(rows, max_size=12))),
            )
        )
    return pages


@settings(max_examples=examples(30), deadline=None)
@given(batches(), st.randoms(use_true_random=False))
def test_rule_4_any_mess_reconciles_in_any_order(pages: list[PageInput], random: Any) -> None:
    """The pages' order changes nothing."""
    bounds = Quality(max_bad_share=0.6, min_rows_to_block=6)
    verdict = judged(*pages, settings=bounds)
    assert_reconciled(verdict, pages)
    assert len(set(verdict.quarantine["quarantine_id"].to_pylist())) == verdict.quarantine.num_rows

    accepted = verdict.accepted.to_pylist()
    names = ("source", "interval", "symbol", "timestamp", "known_at")
    assert accepted == sorted(accepted, key=lambda entry: tuple(entry[name] for name in names))
    for entry in accepted:
        assert 0 <= entry["open_interest"] <= bounds.max_open_interest
        assert (entry["timestamp"] - MIDNIGHT) % Interval(entry["interval"]).step == timedelta(0)

    random.shuffle(pages)
    assert judged(*pages, settings=bounds) == verdict


@settings(max_examples=examples(12), deadline=None)
@given(st.lists(sound_rows, min_size=1, max_size=30))
def test_found_stretches_are_exactly_the_points_that_arrived_merged(sound: list[dict[str, Any]]) -> None:
    verdict = judged(page(*sound))
    finding = the_finding(verdict)
    points = {one["timestamp"] for one in sound if MIDNIGHT <= parse_instant(one["timestamp"]) < MIDNIGHT + 24 * HOUR}
    from_stretches = {
        iso(MIDNIGHT + h * HOUR)
        for part in finding.found
        for h in range((part.start - MIDNIGHT) // HOUR, (part.end - MIDNIGHT) // HOUR)
    }
    assert from_stretches == points
    assert all(before.end < after.start for before, after in pairwise(finding.found))
