"""The marts of the ledger's copies, rules and pages, computed in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tests.warehouse.batches import Row, history
from tests.warehouse.marts_model import latest, latest_by_interval

Line = dict[str, Any]
Lines = Iterable[Line]


def newest(copies: Lines, *key: str, by: str = "ledger_as_of") -> list[Line]:
    """Of each key the line that was copied last."""
    found = {tuple(line[name] for name in key): line for line in sorted(copies, key=lambda line: line[by])}
    return list(found.values())


def credits(spend: Lines) -> list[tuple[Any, ...]]:
    """(day, lane, symbol, source, interval, spent, settled, reserved, requests, rows, ledger_as_of)."""
    return sorted(
        (
            *(line["day"], line["lane"], line["symbol"], part["source"], part["interval"]),
            part["settled_credits"] + part["reserved_credits"],
            *(part[name] for name in ("settled_credits", "reserved_credits", "requests", "rows")),
            line["ledger_as_of"],
        )
        for line in newest(spend, "day", "lane", "symbol")
        for part in line["parts"] or [line | {"source": "unknown", "interval": "unknown"}]
    )


def burn_down(spend: Lines, cycles: Lines) -> list[tuple[Any, ...]]:
    """(cycle_first_day, day, spent, cycle_spent, remaining, even): a day belongs to the cycle that was copied last."""
    belongs = {}
    for cycle in sorted(newest(cycles, "first_day"), key=lambda line: line["ledger_as_of"]):
        end = min(cycle["after_last"], cycle["ledger_as_of"].date() + timedelta(days=1))
        for number in range((end - cycle["first_day"]).days):
            belongs[cycle["first_day"] + timedelta(days=number)] = cycle
    by_day: dict[Any, int] = defaultdict(int)
    for line in newest(spend, "day", "lane", "symbol"):
        by_day[line["day"]] += line["settled_credits"] + line["reserved_credits"]
    sums: dict[Any, int] = defaultdict(int)
    lines = []
    for day, cycle in sorted(belongs.items()):
        first, length, allowance = (
            cycle["first_day"],
            cycle["after_last"] - cycle["first_day"],
            cycle["allowance_credits"],
        )
        sums[first] += by_day[day]
        left = (cycle["after_last"] - day).days - 1
        figures = (None, None) if allowance is None else (allowance - sums[first], allowance * left // length.days)
        lines.append((first, day, by_day[day], sums[first], *figures))
    return sorted(lines, key=str)


def useful_rows(spend: Lines, rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    """(symbol, spent_credits, rows_stored)."""
    figures: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in newest(spend, "day", "lane", "symbol"):
        figures[line["symbol"]][0] += line["settled_credits"] + line["reserved_credits"]
    for row in rows:
        figures[row.symbol][1] += 1
    return sorted((symbol, *both) for symbol, both in figures.items())


def freshness(rows: Iterable[Row], coverage: Lines) -> list[tuple[Any, ...]]:
    """(symbol, source, interval, newest, last_asked_at) of each series that has rows or was requested."""
    lines = {_series(line): line["timestamp"] for line in latest_by_interval(rows)}
    asked: dict[tuple[str, str, str], Any] = {}
    for line in coverage:
        asked[_series(line)] = max(line["observed_at"], asked.get(_series(line), line["observed_at"]))
    return sorted((*key, lines.get(key), asked.get(key)) for key in {*lines, *asked})


def kalshi_markets(rows: Iterable[Row], symbols: Lines) -> list[tuple[Any, ...]]:
    """(symbol, title, status, first_listed_at, last_listed_at, last_row, open_interest, open_interest_usd)."""
    listed = {one["symbol"]: one for one in newest(symbols, "symbol") if "kalshi" in one["sources"]}
    stored = {line["symbol"]: line for line in latest(rows) if line["source"] == "kalshi"}
    unknown: Line = {"name": None, "status": "unknown", "first_listed_at": None, "last_listed_at": None}
    nothing: Line = dict.fromkeys(("timestamp", "open_interest", "open_interest_usd"))
    return sorted(
        (
            symbol,
            *(listed.get(symbol, unknown)[name] for name in unknown),
            *(stored.get(symbol, nothing)[name] for name in nothing),
        )
        for symbol in {*listed, *stored}
    )


def quality(results: Lines) -> list[tuple[Any, ...]]:
    """(day, rule, batches, batches_failed, rows_checked, rows_unexpected): a batch counts by its newest validation."""
    groups: dict[tuple[Any, str], list[Line]] = defaultdict(list)
    for one in newest(results, "batch_id", "rule", by="validated_at"):
        groups[one["validated_at"].date(), one["rule"]].append(one)
    return sorted(
        (
            *(*key, len(those), sum(not one["success"] or one["errored"] for one in those)),
            *(sum(one[name] or 0 for one in those) for name in ("element_count", "unexpected_count")),
        )
        for key, those in groups.items()
    )


def trace(rows: Iterable[Row], pages: Lines) -> list[tuple[Any, ...]]:
    """(key, open_interest, known_at, current, page_path, charged_credits) of each value that was ever known."""
    everything = list(rows)
    values = history(everything)
    copied = newest(pages, "symbol", "interval", "known_at", "page_path")
    last = {value.key: value.known_at for value in values}
    return [
        (*value.key, value.open_interest, value.known_at, value.known_at == last[value.key], *_page(value, copied))
        for value in values
    ]


def _page(value: Row, pages: Lines) -> tuple[Any, ...]:
    def holds(page: Line) -> bool:
        return (
            (page["symbol"], page["interval"], page["known_at"]) == (value.symbol, value.interval, value.known_at)
            and page["source"] in ("all", value.source)
            and page["window_start"] <= value.timestamp < page["window_end"]
        )

    found = next(filter(holds, pages), {"page_path": None, "charged_credits": None})
    return found["page_path"], found["charged_credits"]


def _series(line: Line) -> tuple[str, str, str]:
    return line["symbol"], line["source"], line["interval"]
