"""The marts are exact under restatements, late rows, repeats and any order of loading, before any merge too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.warehouse import Warehouse
from include.warehouse.session import bi_database
from tests import clock
from tests.examples import examples
from tests.warehouse import marts_model
from tests.warehouse.batches import NOON, Row, at, current, publish, reset_rows, stop_merges
from tests.warehouse.ledger_copies import Derived, copy_all

# Recent, so that the checks look so far back.
MIDNIGHT = clock.real_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=8)
RECENT = clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
MARTS = {
    "open_interest_daily": marts_model.daily,
    "open_interest_daily_total": marts_model.daily_total,
    "open_interest_change": marts_model.change,
    "source_share": marts_model.share,
    "open_interest_held": marts_model.held,
}
NO_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
"""To shrink a case takes longer than a test may; what differs is shown in any case."""
NOT_IN_THE_MODEL = {"age_seconds", "step_seconds"}
SYMBOLS, SOURCES = [("BTC", "ETH"), ("SOL", "XRP"), ("ADA", "TRX"), ("BNB", "LTC")], ["kalshi", "hyperliquid"]


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


class Loading(NamedTuple):
    """Rows and copies of the ledger, the order in which they come, each at least once, and a moment to look back to."""

    rows: list[Row]
    copies: list[Derived]
    steps: list[list[Row] | list[Derived]]
    moment: datetime


@st.composite
def answers(draw: st.DrawFn, symbols: Sequence[str]) -> Row:
    """Few keys, values and moments, so that restatements and neighbours an hour, a day, a week away are common."""
    interval = draw(st.sampled_from(["5m", "1h", "1d"]))
    step = timedelta(seconds=marts_model.SECONDS[interval])
    lags = [timedelta(), step, timedelta(hours=1), timedelta(days=1), timedelta(days=7), RECENT - MIDNIGHT]
    lag = draw(st.sampled_from([*lags, RECENT - MIDNIGHT - timedelta(hours=1), RECENT - MIDNIGHT - timedelta(days=1)]))
    return Row(
        timestamp=MIDNIGHT + lag // step * step,
        symbol=draw(st.sampled_from(symbols)),
        source=draw(st.sampled_from(SOURCES)),
        interval=interval,
        open_interest=draw(st.sampled_from([0.0, 1.0, 2.0, 7.0])),
        open_interest_usd=draw(st.sampled_from([None, 0.0, 3.0, 8.0])),
        known_at=at(draw(st.integers(0, 4))),
    )


@st.composite
def derived_copies(draw: st.DrawFn, symbols: Sequence[str]) -> list[Derived]:
    """Two stretches, one or none, of series that have 5m rows or not; a later copy of a series may take some back."""
    edges = [MIDNIGHT + lag for lag in (timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=9))]
    series = st.tuples(st.sampled_from(SOURCES), st.sampled_from(symbols), st.sampled_from(["15m", "1h", "1d"]))
    copies = []
    for source, symbol, interval in draw(st.lists(series, min_size=1, max_size=5, unique=True)):
        for minutes in draw(st.sets(st.integers(0, 2), min_size=1)):
            chosen = draw(st.sampled_from([(), (0, 3), (0, 1), (1, 3), (0, 1, 2, 3)]))
            stretches = [(edges[first], edges[last]) for first, last in zip(chosen[::2], chosen[1::2], strict=True)]
            copies.append(Derived(source, symbol, interval, tuple(stretches), minutes))
    return copies


@st.composite
def loadings(draw: st.DrawFn) -> Loading:
    """Batches that bring each answer at least once, and copies of the ledger, in some order, some of them again.

    Each pair of symbols has rows and copies of its own, which share steps and marts: to plan their queries takes most
    of the time, whatever they read. So one loading is as good as four of a single pair, and few rows are no cheaper.
    """
    number_of_batches = draw(st.integers(1, 3))
    batches: list[list[Row]] = [[] for _ in range(number_of_batches)]
    copies: list[Derived] = []
    for symbols in SYMBOLS:
        rows = draw(st.lists(answers(symbols), min_size=12, max_size=40, unique_by=lambda row: (row.key, row.known_at)))
        for row in rows:
            batches[draw(st.integers(0, number_of_batches - 1))].append(row)
        copies += draw(derived_copies(symbols))
    brought = [batch for batch in batches if batch]
    ledgers = [list(those) for _, those in groupby(sorted(copies, key=by_minutes), key=by_minutes)]
    again = [draw(st.sampled_from(brought)), *ledgers[:1]]
    steps = draw(st.permutations([*brought, *ledgers, *again]))
    return Loading([row for batch in batches for row in batch], copies, steps, at(draw(st.integers(0, 4))))


def by_minutes(copy: Derived) -> int:
    return copy.minutes


def load(warehouse: Warehouse, loading: Loading) -> None:
    for number, step in enumerate(loading.steps):
        if isinstance(step[0], Derived):
            copy_all(warehouse, step)
        else:
            publish(warehouse, f"b{number}", step)


def assert_marts_are_right(warehouse: Warehouse, loading: Loading) -> None:
    """Every mart of rows is what the model says of the current rows and those that are derived."""
    bought = current(loading.rows)
    derived = marts_model.derived(bought, loading.copies)

    def flagged(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return ordered(line | {"derived": Row(**line) in derived} for line in lines)

    everything = [*bought, *derived]
    assert shown(warehouse, "open_interest") == flagged(row._asdict() for row in everything)
    assert shown(warehouse, "open_interest_latest") == flagged(marts_model.latest(everything))
    by_interval = flagged(marts_model.latest_by_interval(everything))
    assert shown(warehouse, "open_interest_latest_by_interval") == by_interval
    restated = ordered(marts_model.restatements_daily(bought, loading.rows))
    assert shown(warehouse, "restatements_daily") == restated
    known_then = current(row for row in loading.rows if row.known_at <= loading.moment)
    moment = f"(moment = '{loading.moment:%Y-%m-%d %H:%M:%S}')"
    as_of = ordered(row._asdict() | {"derived": False} for row in known_then)
    assert shown(warehouse, f"open_interest_as_of{moment}") == as_of
    assert shown(warehouse, f"open_interest_daily_as_of{moment}") == ordered(marts_model.daily(known_then))
    assert shown(warehouse, "restatements") == ordered(marts_model.restatements(loading.rows))
    assert_close(shown(warehouse, "open_interest_now"), ordered(marts_model.now(everything, clock.real_now())))
    for mart, model in MARTS.items():
        assert shown(warehouse, mart) == ordered(model(everything)), mart


def assert_close(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Equal but for the last digits of floats, which depend on the order of adding up."""
    assert [sorted(line) for line in found] == [sorted(line) for line in expected]
    for line, other in zip(found, expected, strict=True):
        for name, value in line.items():
            if isinstance(value, float) and isinstance(other[name], float):
                assert value == pytest.approx(other[name], rel=1e-9, abs=1e-12), (name, line, other)
            else:
                assert value == other[name], (name, line, other)


def shown(warehouse: Warehouse, mart: str, where: str = "1") -> list[dict[str, Any]]:
    """What a mart shows, as sorted lines."""
    columns, rows = warehouse.query_rows(f"SELECT * FROM {bi_database(warehouse.database)}.{mart} WHERE {where}")
    lines = [dict(zip(columns, row, strict=True)) for row in rows]
    return ordered({name: value for name, value in line.items() if name not in NOT_IN_THE_MODEL} for line in lines)


def ordered(lines: Any) -> list[dict[str, Any]]:
    """By their texts and times, which name a line."""
    plain = [dict(sorted(line.items())) for line in lines]
    return sorted(plain, key=lambda line: str([value for value in line.values() if not isinstance(value, float)]))


def test_marts_are_what_plain_python_computes_from_the_current_rows(warehouse: Warehouse) -> None:
    stop_merges(warehouse)

    @given(loadings())
    @settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
    def holds(loading: Loading) -> None:
        reset_rows(warehouse)
        load(warehouse, loading)
        assert_marts_are_right(warehouse, loading)
        assert warehouse.check() == []

    holds()


@pytest.mark.parametrize("mart", ["open_interest_latest", *MARTS])
def test_a_filter_on_a_mart_gives_the_rows_that_it_keeps_of_the_whole(warehouse: Warehouse, mart: str) -> None:
    lags = (timedelta(), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    rows = [
        Row(MIDNIGHT + lag, symbol, source, "5m", 5.0 + number, 7.0 * number)
        for number, lag in enumerate(lags)
        for symbol in ("BTC", "ETH")
        for source in ("kalshi", "hyperliquid")
    ]
    publish(warehouse, "b", rows)
    whole = shown(warehouse, mart)
    time = "timestamp" if "timestamp" in whole[0] else "day"
    edge = MIDNIGHT + timedelta(days=1)
    kept = [line for line in whole if line["symbol"] == "BTC" and str(line[time]) >= f"{edge:%Y-%m-%d}"]
    assert shown(warehouse, mart, f"symbol = 'BTC' AND {time} >= '{edge:%Y-%m-%d}'") == kept != []


def test_the_age_of_the_newest_row_counts_from_its_start(warehouse: Warehouse) -> None:
    publish(warehouse, "b", [Row(), Row(timestamp=NOON + timedelta(hours=1))])
    earliest = int((clock.real_now() - NOON).total_seconds()) - 3600
    sql = "SELECT age_seconds FROM bi.open_interest_latest"
    ((age_seconds,),) = warehouse.query_rows(sql)[1]
    assert earliest <= age_seconds <= (clock.real_now() - NOON).total_seconds() - 3600


@pytest.mark.parametrize(
    ("rows_of_5m", "expected"), [(24, ("1h", -24.0, -1.0)), (49 * 12, ("5m", 0.0, 0.0))], ids=["hours", "days"]
)
def test_two_hours_of_a_finer_interval_hide_no_change(
    warehouse: Warehouse, rows_of_5m: int, expected: tuple[str, float, float]
) -> None:
    """The interval with rows on most days is shown, though another has a row that is up to an hour newer."""
    hourly = [Row(RECENT - hours * timedelta(hours=1), open_interest=10.0 + hours) for hours in range(49)]
    newest = RECENT + timedelta(minutes=55)
    fine = [Row(newest - steps * timedelta(minutes=5), interval="5m", open_interest=7.0) for steps in range(rows_of_5m)]
    publish(warehouse, "b", [*hourly, *fine])
    sql = "SELECT interval, change_24h, change_1h FROM bi.open_interest_now WHERE source = 'kalshi'"
    assert warehouse.query_rows(sql)[1] == [expected]


def test_as_of_in_bi_is_what_was_known_then(warehouse: Warehouse) -> None:
    publish(warehouse, "b0", [Row(open_interest=1.0, known_at=at(0))])
    publish(warehouse, "b1", [Row(open_interest=2.0, known_at=at(10))])
    sql = "SELECT open_interest FROM bi.open_interest_as_of(moment = '2026-03-07 12:0{}:00')"
    assert warehouse.query_rows(sql.format(5))[1] == [(1.0,)]


def test_source_without_usd_any_more_makes_no_total_incomplete(warehouse: Warehouse) -> None:
    """Before a merge the value that was replaced is still stored."""
    stop_merges(warehouse)
    publish(warehouse, "b0", [Row(open_interest_usd=3.0), Row(source="hyperliquid", open_interest_usd=8.0)])
    publish(warehouse, "b1", [Row(open_interest_usd=None, known_at=at(5))])
    sql = "SELECT source, sources, complete FROM bi.source_share"
    assert warehouse.query_rows(sql)[1] == [("hyperliquid", 1, True)]


@pytest.mark.parametrize("mart", ["source_share", "open_interest_now", "open_interest", "open_interest_latest"])
def test_what_is_true_or_false_is_so_in_json(warehouse: Warehouse, mart: str) -> None:
    """A number in a column of Bool would be written as a number."""
    publish(warehouse, "b", [Row(open_interest_usd=3.0)])
    described = warehouse.query_rows(f"DESCRIBE bi.{mart}")[1]
    flags = [name for name, kind, *_ in described if kind == "Bool"]
    assert flags
    for line in warehouse.query_json_lines(f"SELECT {', '.join(flags)} FROM bi.{mart}"):
        assert all(isinstance(value, bool) for value in json.loads(line).values()), line
