"""What a load would cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.cli.console import answers, say, table
from include.domain.text import about, counted, figure, times

if TYPE_CHECKING:
    from include.pipeline.pricing.quote import Preview

MONTH_COLUMNS = ("requests", "rows", "credits", "reread_credits")
STREAMS_SHOWN = 60
"""Above this number of streams only sums are shown."""
ShownStream = tuple[str, str, str]
"""Symbol, interval and source as the page shows them."""


def print_plan(seen: Preview) -> None:
    """The page of `./oi plan`."""
    preview = seen.to_dict()
    _print_streams(preview["windows"])
    price = preview["price"]
    say(
        f"Price: {counted(price['credits'], 'credit')}, {counted(price['requests'], 'request')}, "
        f"{counted(price['rows'], 'row')} at most."
    )
    for sentence in seen.compared():
        say(sentence)
    say(f"Reading time at the account's rate: {about(preview['wall_minutes'])}.")
    _print_allowance(preview["allowance"], preview["lane"])
    _print_monthly(preview["monthly"], preview["monthly_naive_credits"], preview["allowance"]["limit"])
    for note in preview["notes"]:
        say(f"Note: {note}")
    say("It fits." if preview["fits"] else "It does not fit:")
    for sentence in preview["advice"]:
        say(f"  - {sentence}")


def _print_streams(windows: Sequence[Mapping[str, Any]]) -> None:
    if not windows:
        say("Nothing to buy.")
        return
    sums: dict[ShownStream, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for window in windows:
        line = sums[window["symbol"], window["interval"], window["source"] or "all, in one request"]
        for place, value in enumerate((1, window["requests"], window["rows"], window["credits"])):
            line[place] += value
    columns = ("symbol", "interval", "source", "windows", "requests", "rows", "credits")
    lines = sums if len(sums) <= STREAMS_SHOWN else _over_symbols(sums)
    answers().print(table(columns, ([*stream, *figures] for stream, figures in lines.items()), numbers=columns[3:]))


def _over_symbols(sums: Mapping[ShownStream, Sequence[int]]) -> dict[ShownStream, list[int]]:
    """The same figures, one line for each interval and source."""
    symbols = Counter((interval, source) for _, interval, source in sums)
    whole: dict[ShownStream, list[int]] = {}
    for (_, interval, source), figures in sums.items():
        label = f"{symbols[interval, source]:,} symbols"
        before = whole.get((label, interval, source), [0] * len(figures))
        whole[label, interval, source] = [old + new for old, new in zip(before, figures, strict=True)]
    return whole


def _print_allowance(allowance: Mapping[str, Any], lane: str) -> None:
    remaining = figure(allowance["remaining"])
    say(
        f"Allowance: {remaining} credits left of {figure(allowance['limit'])}"
        f" (plan {allowance['plan'] or 'unknown'}; {allowance['spent']:,} spent, {allowance['reserved']:,} reserved);"
        f" the {lane} lane may use {figure(allowance['lane_remaining'])} of it."
    )


def _print_monthly(monthly: Mapping[str, Mapping[str, int]], naive_credits: int, limit: int | None) -> None:
    say("Keeping everything in pipeline.yaml current costs, in 30 days:")
    rows = ([lane, *(month[name] for name in MONTH_COLUMNS)] for lane, month in monthly.items())
    columns = ("lane", "requests", "rows", "credits", "of them for provisional buckets")
    answers().print(table(columns, rows, numbers=columns[1:]))
    credits = sum(month["credits"] for month in monthly.values())
    if naive_credits:
        say(f"That is {credits:,} credits, {times(credits, naive_credits)} the {naive_credits:,} of a naive reader.")
    if limit is not None and credits > limit:
        say(f"The allowance is {limit:,}: ./oi plan --compare shows what fits, and its settings.")
