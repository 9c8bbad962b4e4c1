"""The state of the system: alarms, credits, series, open work, last runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from include.cli.console import answers, say, table
from include.cli.views.alarms import print_alarms, print_reconciliation
from include.domain.clock import iso
from include.domain.text import counted, named
from include.kwery.answers.doubts import because, read_doubts

DONE = ("settled", "refused", "given_up")
"""Window states that need nothing more."""
SERIES_SHOWN = 60
"""Above this number of series only sums are shown."""


def print_status(status: Mapping[str, Any]) -> None:
    """The page of `./oi status`."""
    print_alarms(status["alarms"])
    _print_credits(status)
    print_reconciliation(status["reconciliation"])
    _print_series(status)
    for note in status["notes"]:
        say(f"Note: {note}")
    _print_work(status["windows"])
    _print_runs(status["runs"])


def _print_credits(status: Mapping[str, Any]) -> None:
    credits, rows = status["credits"], status["rows"]
    left = "unknown until the account is read" if credits["remaining"] is None else f"{credits['remaining']:,}"
    say(
        f"Credits: {credits['spent']:,} spent in {counted(status['requests'], 'request')}, "
        f"{credits['reserved']:,} reserved; left: {left}."
    )
    say(f"Rows: {rows['stored']:,} stored, {rows['quarantined']:,} in quarantine.")


def _print_series(status: Mapping[str, Any]) -> None:
    if not status["series"]:
        say("Nothing is loaded yet. Start with ./oi plan --from 2026-03-07, then ./oi load with the same options.")
        return
    if ended := {state: count for state, count in status["symbols"].items() if state != "active"}:
        states = ", ".join(f"{count:,} {state}" for state, count in ended.items())
        say(f"Symbols no longer requested: {states}; ./oi symbols says why.")
    if len(status["series"]) > SERIES_SHOWN:
        _print_sums(status["series"], status["vendor_now"])
        return
    columns = (
        "symbol", "source", "interval", "rows", "empty", "unproven", "covered from", "to", "in pieces", "newest row is",
    )  # fmt: skip
    rows = (_series_line(one, status["vendor_now"]) for one in status["series"])
    answers().print(table(columns, rows, numbers=("rows", "empty", "unproven", "in pieces")))
    _print_doubts(status["series"])


def _print_sums(series: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """One line per source and interval."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in series:
        groups[one["source"], one["interval"]].append(one)
    columns = (
        "source", "interval", "series", "rows", "empty", "unproven", "without a row", "in pieces", "newest row is",
    )  # fmt: skip
    rows = ([*key, *_sums(found, now)] for key, found in groups.items())
    answers().print(table(columns, rows, numbers=columns[2:8]))
    _print_doubts(series)
    say(f"{len(series):,} series; alarms are above, every series is in ./oi status --json.")


def _print_doubts(series: Sequence[Mapping[str, Any]]) -> None:
    """Why silence proves nothing, a line for each set of reasons."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in series:
        for unconfirmed in one["doubts"]:
            alike[tuple(unconfirmed["reasons"])].append(f"{one['symbol']} {one['source']} {one['interval']}")
    for reasons, labels in alike.items():
        say(f"Unproven: silence of {named(labels)}, because {because(read_doubts(reasons))}.")


def _sums(series: Sequence[Mapping[str, Any]], now: datetime) -> Sequence[object]:
    newest = max((one["last"] for one in series if one["last"]), default=None)
    return [
        len(series),
        sum(one["rows"] for one in series),
        sum(one["gaps"] for one in series),
        sum(one["unproven"] for one in series),
        sum(one["last"] is None for one in series),
        sum(len(one["covered"]) > 1 for one in series),
        f"{_duration(now - newest)} old" if newest else None,
    ]


def _series_line(one: Mapping[str, Any], now: datetime) -> Sequence[object]:
    stretches = sorted([*one["covered"], *one["empty"]])
    span = [iso(stretches[0][0]), iso(max(end for _, end in stretches))] if stretches else [None, None]
    age = f"{_duration(now - one['last'])} old" if one["last"] else None
    return [
        one["symbol"],
        one["source"],
        one["interval"],
        one["rows"],
        one["gaps"],
        one["unproven"],
        *span,
        len(one["covered"]),
        age,
    ]


def _duration(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def _print_work(windows: Mapping[str, int]) -> None:
    unfinished = {state: count for state, count in windows.items() if state not in DONE}
    if unfinished:
        states = ", ".join(f"{count:,} {state}" for state, count in unfinished.items())
        say(f"Open windows: {states}. The next load or DAG run over their range continues them.")
    if windows.get("refused"):
        say(f"Refused windows: {windows['refused']:,}; the report of their run says why.")


def _print_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    if not runs:
        return
    say("Last runs:")
    columns = ("run", "lane", "started", "ended", "requests", "credits", "complete")
    rows = (
        [
            run["run_id"],
            run["lane"],
            iso(run["started_at"].replace(microsecond=0)),
            _ending(run),
            run["requests"],
            run["settled_credits"],
            "yes" if run["complete"] else "no",
        ]
        for run in runs
    )
    answers().print(table(columns, rows, numbers=("requests", "credits")))


def _ending(run: Mapping[str, Any]) -> str | None:
    return iso(run["finished_at"].replace(microsecond=0)) if run["finished_at"] else None
