"""What a load did: per series, in credits, in quarantine, and the work left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from include.cli.console import answers, print_message, say, table
from include.domain.market import Interval
from include.domain.text import counted

MANY_SERIES = 20
"""From this number of series on, a symbol and source share a line, with a column for each interval."""


def print_report(report: Mapping[str, Any]) -> None:
    """The closing page of `./oi load`; work left goes to stderr."""
    if any(one["received"] or one["covered"] or one["gaps"] for one in report["series"]):
        print_series(report["series"])
    print_cost(report, report["naive_credits"])
    print_quarantine(report)
    for note in report["notes"]:
        say(f"Note: {note}")
    if report["complete"]:
        say("Complete: everything requested is loaded.")
        print_next(["./oi status", './oi sql "SELECT * FROM open_interest_latest"'])
    else:
        print_left(report)
        print_next(["./oi status", "the same command again, to continue from here without paying twice"])


def print_left(report: Mapping[str, Any]) -> None:
    """What keeps the run from being complete, one sentence each, on stderr."""
    print_message("Failed:" if report["failed"] else "Stopped with work left:")
    for sentence in report["left"]:
        print_message(f"  - {sentence}")


def print_series(series: Sequence[Mapping[str, Any]]) -> None:
    """How many grid points of the range hold a received row, for each series; rejected rows are among them."""
    if len(series) < MANY_SERIES:
        columns = ("symbol", "source", "interval", "covered", "of", "received", "quarantined", "empty", "unproven")
        keys = ("symbol", "source", "interval", "covered", "points", "received", "quarantined", "gaps", "unproven")
        answers().print(table(columns, ([one[key] for key in keys] for one in series), numbers=columns[3:]))
    else:
        answers().print(_grid(series))


def _grid(series: Sequence[Mapping[str, Any]]) -> Any:
    intervals = [interval for interval in Interval if any(one["interval"] == interval for one in series)]
    cells = {(one["symbol"], one["source"], one["interval"]): _cell(one) for one in series}
    lines = dict.fromkeys((one["symbol"], one["source"]) for one in series)
    rows = ([*line, *(cells.get((*line, interval)) for interval in intervals)] for line in lines)
    return table(("symbol", "source", *intervals), rows, numbers=intervals)


def _cell(one: Mapping[str, Any]) -> str:
    rows, points = one["covered"], one["points"]
    return f"{rows:,}" if rows == points else f"{rows:,} of {points:,}"


def print_cost(report: Mapping[str, Any], naive_credits: int) -> None:
    """Credits paid beside what a naive reader pays for the same range, and what came for them."""
    failed = report["failed_requests"]
    without = f", {failed:,} of which brought no page" if failed else ""
    say(
        f"Cost: {counted(report['credits'], 'credit')} in {counted(report['requests'], 'request')}{without}. "
        f"A naive reader, each series hour by hour, would have paid {naive_credits:,}."
    )
    if reserved := report["reserved_credits"]:
        say(f"      {reserved:,} more are reserved for answers that never arrived, until the account says otherwise.")
    if lost := report["lost_pages"]:
        say(
            f"Lost: {counted(lost, 'paid answer')} could not be landed, {counted(report['lost_credits'], 'credit')}; "
            "the next run buys their time again, once the landing zone can be written."
        )
    loaded = report["loaded"]
    elsewhere = f"; {rows:,} of its rows loaded by another run" if (rows := report["loaded_elsewhere"]) else ""
    rows_known = f"{loaded['new']:,} new, {loaded['changed']:,} restated, {loaded['unchanged']:,} as known before"
    say(f"Rows: {rows_known}{elsewhere}.")


def print_quarantine(report: Mapping[str, Any]) -> None:
    """What was kept out of the warehouse, by rule, with an example."""
    lines = report["quarantine"]
    if lines:
        say("Quarantine: kept out of the table open_interest, whole in quarantine (a row may break several rules):")
        rows = ((one["rule"], one["rows"], one["example"]) for one in lines)
        answers().print(table(("rule", "rows", "for example"), rows, numbers=("rows",)))
    elif any(one["received"] for one in report["series"]):
        say("Quarantine: nothing; every row that arrived passed the rules.")
    else:
        say("Quarantine: nothing; no row arrived.")


def print_next(commands: Sequence[str]) -> None:
    """What is worth typing next."""
    say("Next:")
    for command in commands:
        say(f"  {command}")
