"""The trace of one number: the answer in a sentence, then its evidence from the newest value back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from include.cli.console import answers, say, table
from include.domain.clock import iso


def print_trace(found: Mapping[str, Any]) -> None:
    """The page of `./oi trace`."""
    say(f"{found['symbol']} {found['source']} {found['interval']}, {iso(found['at'])} to {iso(found['until'])}")
    say(found["sentence"])
    _print_coverage(found["coverage"])
    for value in reversed(found["values"]):
        _print_value(value)
    _print_rejected(found["rejected"])
    _print_windows(found["windows"])
    say()
    say(f"Used by: {', '.join(found['marts']) or 'no mart'}.")


def _print_coverage(coverage: Mapping[str, Any] | None) -> None:
    if coverage is None:
        say("Coverage: none; nothing is claimed of this bucket.")
        return
    doubts = f"; proves nothing: {', '.join(coverage['doubts'])}" if coverage["doubts"] else ""
    empty = f", {coverage['empty_reads']} empty reads" if coverage["found"] == "empty" else ""
    say(f"Coverage: {coverage['found']}, observed at {iso(coverage['observed_at'])}{empty}{doubts}.")


def _print_value(value: Mapping[str, Any]) -> None:
    say()
    usd = "no USD" if value["open_interest_usd"] is None else f"{_number(value['open_interest_usd'])} USD"
    stands = "current" if value["current"] else "restated since"
    say(f"{_number(value['open_interest'])} ({usd}), known from {iso(value['known_at'])}, {stands}")
    passed, broken = value["rules_passed"], value["rules_broken"]
    judged = f"{len(passed)} rules passed" + (f"; other rows broke {', '.join(broken)}" if broken else "")
    say(f"  batch    {value['batch_id']} ({judged})")
    if not value["origins"]:
        say("  page     unknown: no landed page of this ledger has its moment")
    for origin in value["origins"]:
        _print_origin(origin)


def _print_origin(origin: Mapping[str, Any]) -> None:
    say(f"  page     {origin['page_path']} ({origin['page']})")
    if origin["received_as"] is not None:
        say(f"  row      {origin['received_as']}")
    _print_request(origin)


def _print_request(origin: Mapping[str, Any]) -> None:
    say(f"  sha256   {origin['sha256']}")
    sent = f"sent {iso(origin['requested_at'])}, " if origin["requested_at"] else ""
    times = f"{sent}answered {iso(origin['received_at'])}"
    say(f"  request  {origin['sequence'] + 1} of window {origin['window_id']}: {times}")
    if origin["charged_credits"] is not None:
        by = f" (by {origin['charge_source']})" if origin["charge_source"] else ""
        say(f"  charge   {origin['charged_credits']:,} credits for {origin['page_rows']:,} rows{by}")


def _number(value: float) -> str:
    return f"{value:,.15g}" if abs(value) < 1e15 else str(value)


def _print_rejected(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        say()
        say(f"Rejected: {', '.join(row['rules'])}, received {iso(row['known_at'])}")
        say(f"  row      {row['received_as']}")
        read_again = f" ({row['origin']['page']})" if row["origin"] else ""
        say(f"  page     {row['page_path']}, row {row['row_index']}{read_again}")
        if row["origin"]:
            _print_request(row["origin"])


def _print_windows(windows: Sequence[Mapping[str, Any]]) -> None:
    if not windows:
        return
    say()
    columns = ("window", "source", "from", "to", "state", "planned", "lane", "note")
    lines = [
        [
            window["window_id"],
            window["source"] or "all",
            iso(window["start"]),
            iso(window["end"]),
            window["state"],
            iso(window["created_at"].replace(microsecond=0)),
            window["lane"],
            window["note"],
        ]
        for window in windows
    ]
    answers().print(table(columns, lines, title="Windows that cover it"))
