"""The marts of the ledger's copies, rules and pages are what plain Python computes, in any order of copying."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.domain.market import Interval
from include.warehouse import Warehouse
from tests.examples import examples
from tests.warehouse import ledger_marts_model as model
from tests.warehouse.batches import NOON, Row, accepted, at, current, dq, quarantine, reset_rows, stop_merges
from tests.warehouse.landed import page, store
from tests.warehouse.ledger_copies import SYMBOLS, copy_ledger, covered, cycle, listed, mart, spent

HOURS = [NOON + timedelta(hours=hour) for hour in range(4)]
NAMES = st.sampled_from(["BTC", "ETH", "KX"])
SOURCES = st.sampled_from(["kalshi", "hyperliquid"])
CREDITS = st.integers(0, 900)


class LedgerCopy(NamedTuple):
    """What one copy of the ledger brings; the cycle is as of the same moment."""

    coverage: list[dict[str, Any]]
    spend: list[dict[str, Any]]
    cycle: dict[str, Any]
    symbols: list[dict[str, Any]]


class Batch(NamedTuple):
    """Rows that one page brought, with what was rejected of it."""

    rows: list[Row]
    rejected: list[Row]
    results: list[dict[str, Any]]


@st.composite
def spendings(draw: st.DrawFn, minutes: int) -> dict[str, Any]:
    def figures() -> dict[str, int]:
        return {name: draw(CREDITS) for name in ("settled_credits", "reserved_credits", "requests", "rows")}

    streams = draw(st.sets(st.tuples(st.sampled_from(["all", "kalshi"]), st.sampled_from(["5m", "1h"]))))
    parts = [{"source": source, "interval": interval} | figures() for source, interval in sorted(streams)]
    names = ("settled_credits", "reserved_credits", "requests", "rows")
    whole = {name: sum(part[name] for part in parts) for name in names} if parts else figures()
    return spent(
        day=date(2026, 3, draw(st.integers(1, 7))),
        lane=draw(st.sampled_from(["hourly", "backfill"])),
        symbol=draw(NAMES),
        ledger_as_of=at(minutes),
        parts=parts,
        **whole,
    )


@st.composite
def ledger_copies(draw: st.DrawFn, minutes: int) -> LedgerCopy:
    moment = {"ledger_as_of": at(minutes)}
    series = draw(st.sets(st.tuples(NAMES, SOURCES, st.sampled_from(["1h", "1d"])), min_size=2, max_size=4))
    coverage = [
        covered(
            NOON, NOON + Interval(interval).step, symbol=symbol, source=source, interval=interval,
            observed_at=at(draw(st.integers(-9, 0))), **moment,
        )
        for symbol, source, interval in sorted(series)
    ]  # fmt: skip
    first_day = date(2026, 3, draw(st.sampled_from([1, 5])))
    last_day = first_day + timedelta(days=draw(st.sampled_from([3, 31])))
    allowance = draw(st.sampled_from([None, 31_000, 999]))
    symbols = [
        listed(
            name, **moment, name=draw(st.sampled_from([None, "Will it?"])),
            status=draw(st.sampled_from(["listed", "gone"])),
            sources=draw(st.sampled_from([["kalshi"], ["hyperliquid"], ["hyperliquid", "kalshi"]])),
        )
        for name in sorted(draw(st.sets(NAMES, min_size=2)))
    ]  # fmt: skip
    return LedgerCopy(
        coverage,
        draw(
            st.lists(
                spendings(minutes),
                min_size=2,
                max_size=5,
                unique_by=lambda line: (line["day"], line["lane"], line["symbol"]),
            )
        ),
        cycle(first_day=first_day, after_last=last_day, allowance_credits=allowance, **moment),
        symbols,
    )


@st.composite
def batches(draw: st.DrawFn, number: int) -> Batch:
    """Every row of a batch has its moment; each batch has one of its own."""
    keys = st.tuples(st.sampled_from(HOURS), NAMES, SOURCES, st.sampled_from(["5m", "1h"]))
    values = st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([None, 5.0]))
    rows = [Row(*key, *draw(values), at(number)) for key in sorted(draw(st.sets(keys, min_size=9, max_size=20)))]
    judged = {
        rule: (draw(st.sampled_from([f"b{number}", "b"])), draw(st.booleans()))
        for rule in sorted(draw(st.sets(NAMES, min_size=2)))
    }
    moment = NOON + timedelta(days=number)
    results = [
        line
        for rule, (batch_id, success) in judged.items()
        for line in dq(rule, batch_id=batch_id, success=success, validated_at=moment).to_pylist()
    ]
    return Batch(rows, [Row(*key) for key in sorted(draw(st.sets(keys, min_size=1, max_size=2)))], results)


@st.composite
def pages(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """Pages of one batch's moment; of a symbol's windows and sources at most one may hold a row."""
    found = []
    for symbol in sorted(draw(st.sets(NAMES, min_size=2))):
        edge = draw(st.sampled_from(HOURS))
        edges = ((HOURS[0], edge), (edge, HOURS[-1] + timedelta(hours=1)))
        for window, (start, end) in enumerate(edges):
            for source in draw(st.sampled_from([["all"], ["kalshi"], ["kalshi", "hyperliquid"]])):
                more = {"symbol": symbol, "window_start": start, "window_end": end, "charged_credits": draw(CREDITS)}
                path = f"{symbol}/{source}/{window}"
                found.append(page(number, at(number), source, page_path=path, ledger_as_of=at(draw(CREDITS)), **more))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[LedgerCopy], list[Batch], list[dict[str, Any]]]:
    copies = [draw(ledger_copies(minutes)) for minutes in range(draw(st.integers(2, 3)))]
    loaded = [draw(batches(number)) for number in range(draw(st.integers(2, 3)))]
    return copies, loaded, [one for number in range(len(loaded)) for one in draw(pages(number))]


def test_marts_beside_the_rows_are_what_plain_python_computes(emptied_warehouse: Warehouse) -> None:
    """Credits, burn-down, useful rows, freshness, markets, quality, quarantine and the trace of each value."""
    stop_merges(emptied_warehouse)

    @given(worlds(), st.randoms(use_true_random=False))
    @settings(max_examples=examples(3), deadline=None, suppress_health_check=list(HealthCheck))
    def holds(world: tuple[list[LedgerCopy], list[Batch], list[dict[str, Any]]], random: Any) -> None:
        reset_rows(emptied_warehouse)
        copies, loaded, landed = world
        for one in random.sample(copies, len(copies)):
            copy_ledger(emptied_warehouse, one.coverage, one.spend, **one.cycle)
            emptied_warehouse.store_symbols(pa.Table.from_pylist(one.symbols, SYMBOLS))
        for number, batch in random.sample([*enumerate(loaded)], len(loaded)):
            publish(emptied_warehouse, number, batch)
        store(emptied_warehouse, *landed)
        check(emptied_warehouse, copies, loaded, landed)

    holds()


def publish(warehouse: Warehouse, number: int, batch: Batch) -> None:
    rejected = [quarantine(f"{number}/{place}", covers=row) for place, row in enumerate(batch.rejected)]
    results = pa.Table.from_pylist(batch.results, schema=dq().schema)
    warehouse.publish(f"b{number}", accepted(batch.rows), pa.concat_tables([quarantine(), *rejected]), results)


def check(warehouse: Warehouse, copies: list[LedgerCopy], loaded: list[Batch], landed: list[dict[str, Any]]) -> None:
    def shown(columns: str, name: str) -> list[tuple[Any, ...]]:
        return sorted(mart(warehouse, columns, name), key=str)

    rows = [row for batch in loaded for row in batch.rows]
    stored = current(rows)
    spend = [line for one in copies for line in one.spend]
    lines = {
        "credits": (
            "day, lane, symbol, source, interval, spent_credits, settled_credits, reserved_credits, requests, rows, "
            "ledger_as_of",
            model.credits(spend),
        ),
        "burn_down": (
            "cycle_first_day, day, spent_credits, cycle_spent_credits, remaining_credits, even_credits",
            model.burn_down(spend, [one.cycle for one in copies]),
        ),
        "useful_rows": ("symbol, spent_credits, rows_stored", model.useful_rows(spend, stored)),
        "freshness": (
            "symbol, source, interval, newest, last_asked_at",
            model.freshness(stored, copies[-1].coverage),
        ),
        "kalshi_markets": (
            "symbol, title, status, first_listed_at, last_listed_at, last_row, open_interest, open_interest_usd",
            model.kalshi_markets(stored, [line for one in copies for line in one.symbols]),
        ),
        "quality": (
            "day, rule, batches, batches_failed, rows_checked, rows_unexpected",
            model.quality(line for batch in loaded for line in batch.results),
        ),
        "quarantine": (
            "timestamp, symbol, source, interval",
            [row.key for batch in loaded for row in batch.rejected],
        ),
        "open_interest_trace": (
            "timestamp, symbol, source, interval, open_interest, known_at, current, page_path, charged_credits",
            model.trace(rows, landed),
        ),
    }
    for name, (columns, expected) in lines.items():
        assert shown(columns, name) == sorted(expected, key=str), name
