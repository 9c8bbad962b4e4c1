"""What a load would cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from include.cli.console import answers, counted, say, table
from include.clock import about

UNKNOWN = "unknown"
STREAMS_SHOWN = 60
"""More streams than these are told as sums."""
Stream = tuple[str, str, str]
"""Symbol, interval and source as the page shows them."""


def print_plan(preview: Mapping[str, Any]) -> None:
    """The page of `./oi plan`."""
    _print_streams(preview["windows"])
    price, naive = preview["price"], preview["naive_credits"]
    say(
        f"Price: {counted(price['credits'], 'credit')}, {counted(price['requests'], 'request')}, "
        f"{counted(price['rows'], 'row')} at most. A naive reader would pay {naive:,}."
    )
    say(f"Reading time at the account's rate: {about(preview['wall_minutes'])}.")
    _print_allowance(preview["allowance"], preview["lane"])
    _print_monthly(preview["monthly"])
    _print_alternative(preview)
    for note in preview["notes"]:
        say(f"Note: {note}")
    say("It fits." if preview["fits"] else "It does not fit:")
    for sentence in preview["advice"]:
        say(f"  - {sentence}")


def _print_streams(windows: Sequence[Mapping[str, Any]]) -> None:
    if not windows:
        say("Nothing to ask.")
        return
    sums: dict[Stream, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for window in windows:
        line = sums[window["symbol"], window["interval"], window["source"] or "all, in one request"]
        for place, value in enumerate((1, window["requests"], window["rows"], window["credits"])):
            line[place] += value
    columns = ("symbol", "interval", "source", "windows", "requests", "rows", "credits")
    lines = sums if len(sums) <= STREAMS_SHOWN else _over_symbols(sums)
    answers().print(table(columns, ([*stream, *figures] for stream, figures in lines.items()), numbers=columns[3:]))


def _over_symbols(sums: Mapping[Stream, Sequence[int]]) -> dict[Stream, list[int]]:
    """The same figures, a line an interval and source."""
    symbols = Counter((interval, source) for _, interval, source in sums)
    whole: dict[Stream, list[int]] = {}
    for (_, interval, source), figures in sums.items():
        label = f"{symbols[interval, source]:,} symbols"
        before = whole.get((label, interval, source), [0] * len(figures))
        whole[label, interval, source] = [old + new for old, new in zip(before, figures, strict=True)]
    return whole


def _print_allowance(allowance: Mapping[str, Any], lane: str) -> None:
    remaining = _figure(allowance["remaining"])
    say(
        f"Allowance: {remaining} credits left of {_figure(allowance['limit'])}"
        f" (plan {allowance['plan'] or 'unknown'}; {allowance['spent']:,} spent, {allowance['reserved']:,} reserved);"
        f" the {lane} lane may use {_figure(allowance['lane_remaining'])} of it."
    )


def _figure(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _print_alternative(preview: Mapping[str, Any]) -> None:
    """What else could be wanted, where a month does not fit the account."""
    month, limit = sum(price["credits"] for price in preview["monthly"].values()), preview["allowance"]["limit"]
    if limit is None or month <= limit:
        return
    daily = ", ".join(f"{interval} {price['credits']:,}" for interval, price in preview["once_a_day"].items())
    say(
        f"That is {month:,} credits a month, and the plan allows {limit:,}. With open_interest_hourly paused the daily "
        f"DAG reads the same rows once a day; a month then costs by interval: {daily}. Choose intervals that fit, and "
        "give the symbols that matter more a group of their own (series in pipeline.yaml)."
    )


def _print_monthly(monthly: Mapping[str, Mapping[str, int]]) -> None:
    say("Keeping everything in pipeline.yaml current costs, in 30 days:")
    rows = ([lane, price["requests"], price["rows"], price["credits"]] for lane, price in monthly.items())
    columns = ("lane", "requests", "rows", "credits")
    answers().print(table(columns, rows, numbers=columns[1:]))
