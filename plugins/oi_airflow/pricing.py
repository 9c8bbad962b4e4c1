"""The task that prices a backfill before anything is bought: free of charge, in the log and on the run's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from include.domain.clock import iso
from include.domain.text import about, counted
from oi_airflow.account import preview_of
from oi_airflow.current_run import CurrentRun, current_run
from oi_airflow.params import RunRefused
from oi_airflow.step import Done, leave_note, step
from oi_airflow.text import aligned, bullets, log, price_in_words, warn

if TYPE_CHECKING:
    from include.pipeline.pricing.quote import Preview
    from include.planning.credits.price import Price
    from include.planning.windows.windows import PlannedWindow
    from include.settings import Settings

REFUSED = "the range does not fit; nothing was bought"
WAY_OUT = "give max_credits to buy as much as that pays for, in the order of the param `order`"
NAMES_WAY_OUT = (
    "Next: correct `symbols` and trigger it again; a symbol that has left the vendor's list is loaded when `series` in "
    "pipeline.yaml names it."
)
MOST_LINES = 60
"""Lines of the plan in the log at most."""


@step()
def price() -> Done:
    """Shows the plan with its price; fails, with nothing bought, when it does not fit and no `max_credits` bounds it.

    A `dry_run` ends here.
    """
    from include.pipeline.run_notes import keep_price, note_stop_reason
    from include.pipeline.vendor.symbol_list import check_names

    context, run = get_current_context(), current_run()
    params, preview = context["params"], preview_of(run)
    keep_price(run.settings, run.spec, run.scope, preview, dry_run=params["dry_run"])
    names = check_names(run.settings, params["symbols"] or ())
    warn([*names.notes, *names.unlisted])
    if names.unlisted and not params["dry_run"]:
        raise RunRefused("\n".join([*names.unlisted, "Nothing was bought.", NAMES_WAY_OUT]))
    refuse_small_cap(run, preview.windows)
    for line in [*plan_table(preview), *verdict(preview, params["max_credits"])]:
        log.info("%s", line)
    if params["dry_run"]:
        line = "; ".join([f"dry run, nothing was bought: {in_short(preview)}", *names.unlisted])
        leave_note(line)
        return Done(line, skips=tuple(sorted(context["task"].get_flat_relative_ids(upstream=False))))
    if not preview.fits and params["max_credits"] is None:
        note_stop_reason(run.settings, run.spec.run_id, REFUSED)
        raise AirflowFailException(f"{REFUSED}.\n" + bullets([*preview.advice, WAY_OUT]))
    return Done(in_short(preview))


def refuse_small_cap(run: CurrentRun, windows: Sequence[PlannedWindow]) -> None:
    """Raises RunRefused where the run's cap pays for no request of the plan."""
    cap = run.spec.cap(run.settings)
    if cap is None or not windows:
        return
    smallest = min(smallest_credits(window, run.settings) for window in windows)
    if cap < smallest:
        raise RunRefused(
            f"A cap of {counted(cap, 'credit')} pays for no request. Nothing was bought.\n"
            f"The smallest request of this plan needs {smallest:,} credits, the whole {total(windows).credits:,}.\n"
            f"Next: trigger it again with `max_credits` of at least {smallest}, or raise budget.run_credits."
        )


def smallest_credits(window: PlannedWindow, settings: Settings) -> int:
    """What the first request of a window costs when its page is as small as the window's rows let it be."""
    rows = min(settings.api.row_cap, max(1, window.expected_rows))
    return settings.prices.base_credits + settings.prices.per_row_credits * rows


def total(windows: Sequence[PlannedWindow]) -> Price:
    """The price of these windows together."""
    from include.planning.credits.price import Price

    return sum((window.price for window in windows), Price())


def plan_table(preview: Preview) -> list[str]:
    """The plan by symbol and interval as lines of text."""
    lines = preview.lines()
    header = ("symbol", "interval", "requests", "rows", "credits", "from", "to")
    rows = [
        (one.symbol, one.interval, one.requests, one.rows, one.credits, iso(one.start), iso(one.end))
        for one in lines[:MOST_LINES]
    ]
    more = len(lines) - MOST_LINES
    return [*aligned(header, rows), *([f"and {more:,} more lines"] if more > 0 else [])]


def verdict(preview: Preview, max_credits: int | None) -> list[str]:
    """The price in total, what it stands beside, how long reading takes, and what to do where it does not fit."""
    lines = [f"price: {price_in_words(preview.price)}", *preview.compared()]
    lines.append(f"reading time at the plan's rate: {about(preview.wall_minutes)}")
    if max_credits is not None and preview.price.credits > max_credits:
        lines.append(f"max_credits of {max_credits:,} ends reading before that; the next run continues from there")
    return lines if preview.fits else [*lines, "it does not fit:", *(f"- {sentence}" for sentence in preview.advice)]


def in_short(preview: Preview) -> str:
    """`40 requests, 26,138 rows, 80,364 credits; it fits`."""
    if not preview.windows:
        return "nothing is left to buy in this range"
    return f"{price_in_words(preview.price)}; it {'fits' if preview.fits else 'does not fit'}"
