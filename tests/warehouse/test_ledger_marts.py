"""What the ledger knows, beside the rows: coverage, freshness, credits; and quality from the rules' results."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.domain.market import Interval
from include.warehouse import Warehouse
from tests import clock
from tests.examples import examples
from tests.warehouse.batches import NOON, Row, accepted, at, dq, publish, quarantine, reset_rows, sentences, stop_merges
from tests.warehouse.ledger_copies import (
    DAY,
    MIDNIGHT,
    Derived,
    copy_all,
    copy_derived,
    copy_ledger,
    covered,
    mart,
    spent,
)


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    """One in which nothing is ever merged."""
    stop_merges(emptied_warehouse)
    return emptied_warehouse


def coverage_by_day(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return mart(warehouse, "day, expected, stored, missing, proven_empty, received", "coverage")


def hourly(first: datetime, count: int) -> list[Row]:
    return [Row(timestamp=first + timedelta(hours=hour)) for hour in range(count)]


def test_a_day_counts_what_was_expected_stored_missing_and_proven_empty(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 10))
    copy_ledger(
        warehouse,
        [
            covered(MIDNIGHT, MIDNIGHT + timedelta(hours=10)),
            covered(MIDNIGHT + timedelta(hours=10), MIDNIGHT + timedelta(hours=12), "empty", proven=True),
            covered(MIDNIGHT + timedelta(hours=12), MIDNIGHT + timedelta(hours=30), "empty"),
        ],
    )
    assert coverage_by_day(warehouse) == [(date(2026, 3, 7), 24, 10, 12, 2, 10), (date(2026, 3, 8), 6, 0, 6, 0, 0)]


class Asked(NamedTuple):
    """Copies of one series, each as the edges of its stretches, oldest first; its rows."""

    symbol: str
    interval: Interval
    copies: list[list[int]]
    stored: set[int]
    derived: set[int]
    rejected: set[int]

    @property
    def newest(self) -> list[Stretch]:
        return stretches_of(self.copies[-1])

    def instant(self, bucket: int) -> datetime:
        return MIDNIGHT + bucket * self.interval.step


class Ledger(NamedTuple):
    """Series that come with the same copies, and the order of these."""

    order: list[int]
    series: list[Asked]


class Stretch(NamedTuple):
    """Buckets from `first` up to `last`, and what the ledger found there."""

    first: int
    last: int
    found: str
    proven: bool = False
    doubts: tuple[str, ...] = ()


def stretches_of(edges: list[int]) -> list[Stretch]:
    kinds: list[tuple[Any, ...]] = [
        ("rows",), ("empty", True), ("empty",), ("empty", False, ("possibly_clipped", "incomplete")),
    ]  # fmt: skip
    return [Stretch(first, last, *kinds[number % 4]) for number, (first, last) in enumerate(pairwise(edges))]


@st.composite
def asked(draw: st.DrawFn, symbol: str, interval: Interval, copies: int) -> Asked:
    edges = st.lists(st.integers(0, 400), min_size=2, max_size=8, unique=True).map(sorted)
    requested = draw(st.lists(edges, min_size=copies, max_size=copies))
    buckets = st.sets(st.integers(0, 400), max_size=20)
    return Asked(symbol, interval, requested, draw(buckets), draw(buckets), draw(buckets))


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """A series of each interval: to plan a query of coverage or gaps takes most of the time, whatever it reads."""
    copies = draw(st.integers(1, 3))
    order = [*draw(st.permutations(range(copies))), draw(st.sampled_from(range(copies)))]
    series = {"BTC": Interval.M15, "ETH": Interval.H4, "SOL": Interval.D1}
    return Ledger(order, [draw(asked(symbol, interval, copies)) for symbol, interval in series.items()])


def counted(case: Asked) -> dict[tuple[date, str, str], list[int]]:
    """The figures of each day, bucket by bucket."""
    read_of = {bucket: one for one in case.newest for bucket in range(one.first, one.last)}
    days: dict[tuple[date, str, str], list[int]] = {}
    for bucket in {*read_of, *case.stored, *case.derived}:
        figures = days.setdefault((case.instant(bucket).date(), case.symbol, case.interval.value), [0] * 7)
        stored, read = bucket in case.stored, read_of.get(bucket)
        derived, empty = bucket in case.derived and not stored, read is not None and read.proven
        missing = read is not None and not (stored or derived or empty)
        received = read is not None and read.found == "rows"
        facts = (read is not None, stored, derived, empty, missing, received, received and not stored)
        for place, fact in enumerate(facts):
            figures[place] += fact
    return days


def missing(case: Asked) -> dict[int, str]:
    """The buckets requested that have no row and are not proven empty, with the reason of each."""
    return {
        bucket: "rejected" if bucket in case.rejected else _reason(one)
        for one in case.newest
        for bucket in range(one.first, one.last)
        if not one.proven and bucket not in case.stored | case.derived
    }


def _reason(read: Stretch) -> str:
    if read.found == "rows":
        return "lost"
    return f"unproven: {', '.join(sorted(read.doubts))}" if read.doubts else "empty_once"


@given(ledgers())
@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
def check_days(warehouse: Warehouse, ledger: Ledger) -> None:
    reset_rows(warehouse)
    stored, found_bad, derived = [], [], []
    for case in ledger.series:
        name = case.interval.value
        for interval, those in ((name, case.stored), ("5m", case.derived)):
            stored += [Row(case.instant(one), case.symbol, interval=interval) for one in those]
        found_bad += [
            quarantine(f"{case.symbol}{one}", covers=Row(case.instant(one), case.symbol, interval=name))
            for one in case.rejected
        ]
        whole = ((case.instant(0), case.instant(500)),)
        derived.append(Derived(symbol=case.symbol, interval=name, stretches=whole))
    warehouse.publish("b", accepted(stored), pa.concat_tables([quarantine(), *found_bad]), dq())
    copy_all(warehouse, derived)
    for number in ledger.order:
        stretches = [
            covered(
                case.instant(one.first), case.instant(one.last), one.found, one.proven,
                symbol=case.symbol, interval=case.interval.value, doubts=one.doubts, ledger_as_of=at(number),
            )
            for case in ledger.series
            for one in stretches_of(case.copies[number])
        ]  # fmt: skip
        copy_ledger(warehouse, stretches)
    columns = "day, symbol, interval, expected, stored, derived, proven_empty, missing, received, not_stored"
    found = {line[:3]: list(line[3:]) for line in mart(warehouse, columns, "coverage WHERE interval != '5m'")}
    assert found == {key: figures for case in ledger.series for key, figures in counted(case).items()}
    gaps = mart(warehouse, "symbol, interval, first, last, buckets, reason", "gaps")
    in_gaps = [
        (symbol, interval, first + number * Interval(interval).step, reason)
        for symbol, interval, first, _, buckets, reason in gaps
        for number in range(buckets)
    ]
    assert sorted(in_gaps) == sorted(
        (case.symbol, case.interval, case.instant(bucket), reason)
        for case in ledger.series
        for bucket, reason in missing(case).items()
    )
    after_last = [(*key, first + buckets * Interval(key[1]).step, reason) for *key, first, _, buckets, reason in gaps]
    assert [(*key, last + Interval(key[1]).step, reason) for *key, _, last, _, reason in gaps] == after_last
    starts = {(*key, first, reason) for *key, first, _, _, reason in gaps}
    assert starts.isdisjoint(after_last), "one stretch is one line"


def test_stretches_are_counted_bucket_by_bucket_on_the_days_they_touch(warehouse: Warehouse) -> None:
    check_days(warehouse)


def test_the_newest_copy_counts_as_a_whole_in_any_order(warehouse: Warehouse) -> None:
    newest = [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=4), ledger_as_of=at(9))]
    older = [
        covered(MIDNIGHT, MIDNIGHT + timedelta(hours=2)),
        covered(MIDNIGHT + timedelta(hours=8), MIDNIGHT + DAY, "empty", proven=True),
    ]
    for copy in (older, newest, newest, older):
        copy_ledger(warehouse, copy)
    assert coverage_by_day(warehouse) == [(date(2026, 3, 7), 4, 0, 4, 0, 4)]


def test_lost_row_is_reported(warehouse: Warehouse) -> None:
    """A received row that is neither stored nor rejected."""
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=3))])
    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    (sentence,) = warehouse.check()
    assert "1 buckets of BTC kalshi 1h between 2026-03-07T02:00Z and 2026-03-07T02:00Z were received" in sentence
    assert "./oi replay" in sentence


@pytest.mark.parametrize(
    ("damaged", "rows"), [("open_interest_current", 3), ("open_interest_current", 24), ("open_interest_day_rows", 3)]
)
def test_row_is_lost_unless_its_day_and_the_storage_have_it(warehouse: Warehouse, damaged: str, rows: int) -> None:
    """A day that has all its rows does not list them, so its storage alone is read."""
    publish(warehouse, "b", hourly(MIDNIGHT, rows))
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=rows))])
    assert sentences(warehouse, "coverage") == []
    warehouse._session.command(f"TRUNCATE TABLE market.{damaged}")
    assert f"{rows} buckets of BTC kalshi 1h between 2026-03-07T00:00Z" in " ".join(sentences(warehouse, "coverage"))


def test_a_derived_row_does_not_stand_in_for_a_received_one_that_is_lost(warehouse: Warehouse) -> None:
    hours = timedelta(hours=1)
    publish(warehouse, "b", [Row(timestamp=MIDNIGHT + n * hours, interval="5m") for n in range(6)])
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + 3 * hours)])
    copy_derived(warehouse, (MIDNIGHT, MIDNIGHT + DAY))
    columns = "expected, stored, derived, missing, received, not_stored"
    where = "coverage WHERE interval = '1h'"
    assert mart(warehouse, columns, where) == [(3, 0, 6, 0, 3, 3)]
    (sentence,) = sentences(warehouse, "coverage")
    assert "3 buckets of BTC kalshi 1h between 2026-03-07T00:00Z and 2026-03-07T02:00Z" in sentence


def test_other_rows_of_the_day_do_not_hide_lost_ones(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT + timedelta(hours=12), 3))
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=3))])
    assert mart(warehouse, "expected, stored, missing, received, not_stored", "coverage") == [(3, 3, 3, 3, 3)]
    (sentence,) = sentences(warehouse, "coverage")
    assert "3 buckets of BTC kalshi 1h between 2026-03-07T00:00Z and 2026-03-07T02:00Z" in sentence


def test_rejected_row_is_not_lost_and_its_bucket_is_a_gap(warehouse: Warehouse) -> None:
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=1))])
    warehouse.publish("b", accepted([]), quarantine("q1", covers=Row(timestamp=MIDNIGHT)), dq())
    assert sentences(warehouse, "coverage", "gaps", "quarantine") == []
    assert mart(warehouse, "symbol, first, last, buckets, reason", "gaps") == [
        ("BTC", MIDNIGHT, MIDNIGHT, 1, "rejected")
    ]
    columns = "symbol, source, interval, timestamp, rules"
    rejected = ("BTC", "kalshi", "1h", MIDNIGHT, ["open_interest_is_numeric"])
    assert mart(warehouse, columns, "quarantine") == [rejected]


def test_rejected_row_elsewhere_hides_no_lost_row(warehouse: Warehouse) -> None:
    """Counted by series, one rejected row would make up for one that is lost."""
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=2))])
    publish(warehouse, "b1", [Row(timestamp=MIDNIGHT)])
    elsewhere = Row(timestamp=MIDNIGHT + timedelta(hours=9))
    warehouse.publish("b2", accepted([]), quarantine("q1", covers=elsewhere), dq())
    (sentence,) = sentences(warehouse, "coverage")
    assert "1 buckets of BTC kalshi 1h between 2026-03-07T01:00Z and 2026-03-07T01:00Z were received" in sentence


def test_gap_has_its_stretch_and_its_reason(warehouse: Warehouse) -> None:
    def hours(first: int, last: int) -> tuple[datetime, datetime]:
        return MIDNIGHT + timedelta(hours=first), MIDNIGHT + timedelta(hours=last)

    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    copy_ledger(
        warehouse,
        [
            covered(*hours(0, 3)),
            covered(*hours(3, 5), "empty", proven=True),
            covered(*hours(5, 7), "empty"),
            covered(*hours(7, 9), "empty", doubts=["possibly_clipped", "incomplete"]),
            covered(*hours(22, 30), "empty"),
        ],
    )
    assert mart(warehouse, "first, last, buckets, reason", "gaps") == [
        (*hours(2, 2), 1, "lost"),
        (*hours(5, 6), 2, "empty_once"),
        (*hours(7, 8), 2, "unproven: incomplete, possibly_clipped"),
        (*hours(9, 21), 13, "never_requested"),
        (*hours(22, 29), 8, "empty_once"),
    ]


def test_freshness_names_series_without_rows_too(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + DAY, "empty", symbol="ETH")])
    found = mart(warehouse, "symbol, newest, last_asked_at, isNull(age_seconds), intervals_behind > 0", "freshness")
    assert found == [
        ("BTC", MIDNIGHT + timedelta(hours=1), None, 0, 1),
        ("ETH", None, NOON, 1, None),
    ]


def test_age_of_a_series_counts_from_its_newest_observation(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    newest = MIDNIGHT + timedelta(hours=1)
    earliest = int((clock.real_now() - newest).total_seconds())
    ((age_seconds, intervals_behind),) = mart(warehouse, "age_seconds, intervals_behind", "freshness")
    assert earliest <= age_seconds <= (clock.real_now() - newest).total_seconds()
    assert intervals_behind == age_seconds // 3600 - 1


def burnt(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return mart(warehouse, columns, "burn_down WHERE spent_credits > 0 OR day = '2026-03-05'")


def test_remaining_credits_are_allowance_less_spending(warehouse: Warehouse) -> None:
    copy_ledger(warehouse, first_day=date(2026, 4, 1))  # by a worker whose clock was a month ahead
    days = [(date(2026, 2, 28), 9), (date(2026, 3, 1), 100), (date(2026, 3, 6), 20)]
    copy_ledger(warehouse, spend=[spent(day=day, settled_credits=credits) for day, credits in days])
    copy_ledger(warehouse, spend=[spent(symbol="ETH", settled_credits=2, reserved_credits=3, ledger_as_of=at(1))])
    columns = "day, spent_credits, cycle_spent_credits, allowance_credits, remaining_credits, even_credits"
    assert burnt(warehouse, columns) == [
        (date(2026, 3, 1), 100, 100, 31_000, 30_900, 30_000),
        (date(2026, 3, 5), 0, 100, 31_000, 30_900, 26_000),
        (date(2026, 3, 6), 20, 120, 31_000, 30_880, 25_000),
        (date(2026, 3, 7), 5, 125, 31_000, 30_875, 24_000),
    ]
    whole = "min(day), max(day), count(), any(cycle_last_day), any(ledger_as_of)"
    assert mart(warehouse, whole, "burn_down") == [(date(2026, 3, 1), date(2026, 3, 7), 7, date(2026, 3, 31), at(1))]
    assert sentences(warehouse, "burn_down", "credits") == []


def test_after_a_changed_renewal_day_the_newest_cycle_holds_the_day(warehouse: Warehouse) -> None:
    copy_ledger(warehouse, spend=[spent(day=date(2026, 3, day)) for day in (1, 6, 7)])
    copy_ledger(warehouse, spend=[spent(day=date(2026, 3, 7), ledger_as_of=at(1))], first_day=date(2026, 3, 6))
    columns = "cycle_first_day, day, remaining_credits"
    assert burnt(warehouse, columns) == [
        (date(2026, 3, 1), date(2026, 3, 1), 30_650),
        (date(2026, 3, 1), date(2026, 3, 5), 30_650),
        (date(2026, 3, 6), date(2026, 3, 6), 30_650),
        (date(2026, 3, 6), date(2026, 3, 7), 30_300),
    ]
    assert sentences(warehouse, "burn_down", "credits") == []


def test_without_an_allowance_nothing_is_said_to_be_left(warehouse: Warehouse) -> None:
    copy_ledger(warehouse, spend=[spent()], allowance_credits=None)
    columns = "spent_credits, allowance_credits, remaining_credits, even_credits"
    assert mart(warehouse, columns, "burn_down WHERE day = '2026-03-07'") == [(350, None, None, None)]


def test_a_ledger_that_was_emptied_covers_nothing_any_more(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=4))], [spent()])
    assert mart(warehouse, "expected, stored, missing, ledger_as_of", "coverage") == [(4, 2, 2, at(0))]
    copy_ledger(warehouse, ledger_as_of=at(5))
    assert mart(warehouse, "expected, stored, missing, ledger_as_of", "coverage") == [(0, 2, 0, at(5))]
    assert mart(warehouse, "last_asked_at", "freshness") == [(None,)]
    assert mart(warehouse, "spent_credits, ledger_as_of", "credits") == [(350, at(0))]


def test_before_the_first_copy_coverage_has_no_time(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 2))
    assert mart(warehouse, "expected, stored, ledger_as_of", "coverage") == [(0, 2, None)]


def test_quality_counts_a_batch_once_by_its_newest_judgement(warehouse: Warehouse) -> None:
    for batch_id, success in (("b1", False), ("b1", True), ("b2", False)):
        warehouse.publish(
            batch_id, accepted([]), quarantine(), dq("fresh", batch_id=batch_id, success=success, validated_at=NOON)
        )
    columns = "day, rule, batches, batches_failed, rows_checked, rows_unexpected, unexpected_share"
    assert mart(warehouse, columns, "quality") == [(date(2026, 3, 7), "fresh", 2, 1, 20, 0, 0.0)]


@pytest.mark.parametrize(
    ("spend", "sentence"),
    [
        (spent(settled_credits=-1), "spent -1 credits in 1 requests for BTC on 2026-03-07: neither may be below 0"),
        (spent(day=date(2130, 1, 1)), "no day lies in the future"),
    ],
)
def test_credits_that_cannot_be_are_reported(warehouse: Warehouse, spend: dict[str, Any], sentence: str) -> None:
    copy_ledger(warehouse, spend=[spend])
    assert sentence in " ".join(sentences(warehouse, "credits"))


def test_a_rebuild_keeps_the_copy_of_the_ledger(warehouse: Warehouse) -> None:
    publish(warehouse, "b", hourly(MIDNIGHT, 1))
    copy_ledger(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=1))], [spent()])
    pages = pa.table(
        {
            "page_path": ["p"],
            "symbol": ["BTC"],
            "interval": ["1h"],
            "known_at": pa.array([NOON], pa.timestamp("ms", "UTC")),
        }
    )
    with warehouse.rebuilding(pages) as rebuilt:
        rebuilt("r", accepted(hourly(MIDNIGHT, 1)), quarantine(), dq())
    assert coverage_by_day(warehouse) == [(date(2026, 3, 7), 1, 1, 0, 0, 1)]
    assert mart(warehouse, "requests", "credits") == [(1,)]
    databases = [name for (name,) in warehouse.query_rows("SHOW DATABASES")[1]]
    assert not [name for name in databases if "rebuild" in name]
