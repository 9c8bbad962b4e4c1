"""A billing cycle: lanes, burn-down, symbols, and the rules in one sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.cli.console import answers, say, table
from include.domain.text import counted
from include.settings.budget import LANES

if TYPE_CHECKING:
    from include.settings.budget import Budget

BAR_WIDTH = 20
CELL_WIDTH = 9
SYMBOLS_SHOWN = 20


@dataclass(frozen=True)
class _Line:
    """A line of figures: what they are of, the figures, and a bar."""

    first: str
    cells: Sequence[str]
    bar: str = ""


def print_budget(budget: Mapping[str, Any], rules: Budget) -> None:
    """The page of `./oi budget`, whose figures fit into 80 columns."""
    _print_allowance(budget, rules)
    _print_lanes(budget["lanes"])
    _print_burn_down(budget)
    _print_symbols(budget["symbols"])
    for note in budget["notes"]:
        say(f"Note: {note}")
    say("Rules (before every request, over all processes):")
    for rule in _rules(budget, rules):
        say(f"  - {rule}")


def _print_allowance(budget: Mapping[str, Any], rules: Budget) -> None:
    say(
        f"Cycle: {_day(budget['start'])} to {_day(budget['end'])}, day {budget['day']} of {budget['days']} "
        f"(budget.cycle_day: {rules.cycle_day})."
    )
    if budget["allowance"] is None:
        say(f"Allowance: unknown, so spending has no bound; {counted(budget['spent'], 'credit')} spent.")
    else:
        say(
            f"Allowance: {budget['allowance']:,} credits by {budget['allowance_from']}; {budget['spent']:,} spent here."
        )
        say(f"Left: {budget['left']:,}, of which {budget['reserve']:,} are the reserve.")
    if budget["account_read_at"] is not None:
        left = "unknown" if budget["account_left"] is None else f"{budget['account_left']:,}"
        say(
            f"Account: plan {budget['account_plan'] or 'unknown'}, {left} credits left, "
            f"read {budget['account_read_at']:%Y-%m-%d %H:%M} (UTC)."
        )


def _print_lanes(lanes: Sequence[Mapping[str, Any]]) -> None:
    rows = [_Line("lane", ("share", "spent", "committed", "kept", "may use now", "forecast"))]
    for lane in lanes:
        figures = (lane[key] for key in ("share", "spent", "committed", "kept", "may_use", "forecast"))
        rows.append(_Line(lane["lane"], ["-" if figure is None else f"{figure:,}" for figure in figures]))
    _print_aligned(rows, 8)
    for lane in lanes:
        say(f"{lane['lane']}: {lane['verdict']}.")
        if lane["at_pace"] is not None and lane["as_planned"] is not None:
            say(f"  By the cycle's end {lane['at_pace']:,} at this pace, {lane['as_planned']:,} by the planner.")


def _print_burn_down(budget: Mapping[str, Any]) -> None:
    if not any(day["spent"] for day in budget["burn_down"]):
        say("Nothing is spent in this cycle.")
    elif budget["allowance"] is None:
        say("Spent by day and lane, in credits:")
        _print_aligned(_spent_by_day(budget["burn_down"]), 12)
    else:
        say("Burn-down: spent by lane, and left at the day's end (#) beside an even pace (|):")
        _print_aligned(_left_by_day(budget), 12)


def _spent_by_day(days: Sequence[Mapping[str, Any]]) -> Iterator[_Line]:
    yield _Line("  day", (*LANES, "together"))
    most = max(sum(day["spent"].values()) for day in days)
    for day in days:
        spent = sum(day["spent"].values())
        bar = "#" * round(BAR_WIDTH * spent / max(1, most))
        yield _Line(f"  {day['day']}", (*_by_lane(day["spent"]), f"{spent:,}"), bar)


def _left_by_day(budget: Mapping[str, Any]) -> Iterator[_Line]:
    allowance = budget["allowance"]
    yield _Line("  day", (*LANES, "left"))
    for day in budget["burn_down"]:
        bar = _bar(day["left"], day["even_left"], allowance)
        yield _Line(f"  {day['day']}", (*_by_lane(day["spent"]), f"{day['left']:,}"), bar)
    to_come = {lane["lane"]: lane["forecast"] - lane["spent"] for lane in budget["lanes"]}
    left = budget["left"] - sum(to_come.values())
    yield _Line("  to come", (*_by_lane(to_come), f"{left:,}"), _bar(left, 0, allowance))


def _print_aligned(lines: Iterable[_Line], first_width: int) -> None:
    """Lines with their columns flush right; a column is as wide as its longest figure, and `CELL_WIDTH` at least."""
    lines = list(lines)
    columns = zip(*(line.cells for line in lines), strict=True)
    widths = [max(CELL_WIDTH, *(len(cell) + 1 for cell in column)) for column in columns]
    for line in lines:
        cells = "".join(cell.rjust(width) for cell, width in zip(line.cells, widths, strict=True))
        say(f"{line.first:<{first_width}}{cells} {line.bar}".rstrip())


def _by_lane(credits: Mapping[str, int]) -> list[str]:
    return [f"{credits.get(lane, 0):,}" for lane in LANES]


def _bar(left: int, even_left: int, allowance: int) -> str:
    filled, even = (round(BAR_WIDTH * max(0, value) / max(1, allowance)) for value in (left, even_left))
    bar = "#" * filled
    return bar.ljust(even) + "|" if even >= filled else f"{bar[:even]}|{bar[even + 1 :]}"


def _print_symbols(symbols: Sequence[Mapping[str, Any]]) -> None:
    if not symbols:
        return
    columns = ("symbol", "spent", "share", "committed", "requests", "rows", "forecast")
    figures = ("committed", "requests", "rows", "forecast")
    rows = (
        [one["symbol"], one["credits"], f"{one['share']:.1%}", *(one[figure] for figure in figures)]
        for one in symbols[:SYMBOLS_SHOWN]
    )
    answers().print(table(columns, rows, numbers=columns[1:]))
    if len(symbols) > SYMBOLS_SHOWN:
        say(f"  and {counted(len(symbols) - SYMBOLS_SHOWN, 'symbol')} more: see --json.")


def _rules(budget: Mapping[str, Any], rules: Budget) -> Iterator[str]:
    shares = rules.lane_shares
    release = budget["end"] - timedelta(days=rules.release_days)
    yield f"Reserve: no lane uses {rules.reserve_share:.0%} of the allowance (budget.reserve_share)."
    yield (
        f"Hourly keeps {shares.hourly:.0%} and daily {shares.daily:.0%} of it until they spend it "
        "(budget.lane_shares); a lane that spends faster keeps what it needs at its pace."
    )
    yield "Hourly goes first and may use all but the reserve; daily all but the reserve and what hourly keeps."
    yield f"Backfill may use {shares.backfill:.0%}, and nothing that the others keep."
    yield (
        f"From {release:%Y-%m-%d %H:%M} (UTC) what they keep shrinks to zero by the cycle's end, and the "
        "difference is released to backfill (budget.release_days)."
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
