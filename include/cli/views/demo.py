"""The page that ends `make run`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.cli.console import say
from include.cli.views.report import print_cost, print_left, print_next, print_quarantine, print_series

if TYPE_CHECKING:
    from include.cli.demo.day import DemoDay

COSTS = ("requests", "failed_requests", "credits", "reserved_credits", "lost_pages", "lost_credits")
COUNTS = ("received", "stored", "quarantined", "duplicates", "outside")


def print_demo(day: DemoDay, reports: Sequence[Mapping[str, Any]], naive_credits: int) -> None:
    """Rows, cost and quarantine of the two DAG runs, and the next commands."""
    whole = together(reports)
    say()
    say(f"Open interest of {day.start:%Y-%m-%d}, grid points with a row received, per series:")
    print_series(whole["series"])
    print_cost(whole, naive_credits)
    print_quarantine(whole)
    if whole["quarantine"] and day.simulated:
        say("(The simulator spoils three rows of SOL on this day, to show what happens to them.)")
    for note in whole["notes"]:
        say(f"Note: {note}")
    if whole["left"]:
        print_left(whole)
    elif any(one["covered"] for one in whole["series"]) and not _anything_done(whole):
        say("Everything was there already: nothing was requested, nothing paid, no row changed.")
    print_next(_next_commands(day))


def together(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One report of several runs over one range, in order: figures add up, what is covered or left is the last's."""
    return {
        **{key: sum(one[key] for one in reports) for key in (*COSTS, "loaded_elsewhere")},
        "loaded": {key: sum(one["loaded"][key] for one in reports) for key in ("new", "changed", "unchanged")},
        "series": _series(series for one in reports for series in one["series"]),
        "quarantine": [line for one in reports for line in one["quarantine"]],
        "notes": list(dict.fromkeys(note for one in reports for note in one["notes"])),
        "left": reports[-1]["left"],
        "failed": any(one["failed"] for one in reports),
    }


def _anything_done(report: Mapping[str, Any]) -> bool:
    return bool(report["requests"] or report["loaded"]["new"] or report["loaded"]["changed"])


def _series(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for one in found:
        before = merged.get(one["label"], {})
        merged[one["label"]] = {**one, **{key: one[key] + before.get(key, 0) for key in COUNTS}}
    return list(merged.values())


def _next_commands(day: DemoDay) -> list[str]:
    look = "SELECT timestamp, open_interest, open_interest_usd FROM open_interest"
    which = f"symbol = 'BTC' AND source = 'binance_futures' AND interval = '4h' AND timestamp >= '{day.start:%Y-%m-%d}'"
    last = (
        "OI_HOME=.oi/vendor KWERY_API_KEY=kwery_live_... make run    # the real API, for 5,000 credits at most"
        if day.simulated
        else f"./oi plan --from {day.start:%Y-%m-%d}    # what keeping it current costs"
    )
    return [f'./oi sql "{look} WHERE {which} ORDER BY timestamp"', "./oi status", last]
