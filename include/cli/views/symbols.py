"""The universe: counts first, then symbols that are not requested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from include.cli.console import answers, say, table
from include.domain.clock import iso
from include.domain.text import counted

LINES_SHOWN = 40
"""Longer tables are cut; `--json` has every line."""


def print_symbols(found: Mapping[str, Any]) -> None:
    """The page of `./oi symbols`."""
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(found["counts"].items())) or "none"
    say(f"Wanted: {counted(sum(found['counts'].values()), 'symbol')}: {states}.")
    if found["listing_read_at"]:
        say(f"The vendor's list of {iso(found['listing_read_at'].replace(microsecond=0))} names {found['listed']:,}.")
    for pattern in found["unmatched"]:
        say(f"Pattern {pattern!r} matches nothing in it.")
    for note in found["notes"]:
        say(f"Note: {note}")
    lines = found["symbols"]
    if len(lines) > LINES_SHOWN:
        lines = [line for line in lines if line["state"] != "active"]
    _print_lines(lines)


def _print_lines(lines: Sequence[Mapping[str, Any]]) -> None:
    if not lines:
        return
    columns = ("symbol", "state", "sources", "intervals", "listed since", "requested until", "why")
    answers().print(table(columns, (_line(line) for line in lines[:LINES_SHOWN])))
    if len(lines) > LINES_SHOWN:
        say(f"... and {len(lines) - LINES_SHOWN:,} more: ./oi symbols --json")


def _line(line: Mapping[str, Any]) -> Sequence[object]:
    times = (
        iso(line[name].replace(microsecond=0)) if line[name] else None for name in ("first_seen", "requested_until")
    )
    return [
        line["symbol"],
        line["state"],
        ", ".join(line["sources"]),
        " ".join(line["intervals"]),
        *times,
        line["why"] or None,
    ]
