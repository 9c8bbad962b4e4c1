"""The task that prices a backfill before anything is bought: free of charge, in the log and on the run's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from include.domain.clock import iso
from include.domain.text import about
from oi_airflow.account import preview_of
from oi_airflow.current_run import current_run
from oi_airflow.text import aligned, bullets, in_words, log

if TYPE_CHECKING:
    from include.pipeline.pricing.quote import Preview

REFUSED = "the range does not fit; nothing was bought"
WAY_OUT = "give max_credits to buy, in the order asked, as much as that pays for"
MOST_LINES = 60
"""So many lines of the plan are logged."""


@task.short_circuit
def price() -> bool:
    """Shows the plan with its price; fails, with nothing bought, when it does not fit and no `max_credits` bounds it.

    A `dry_run` stops here.
    """
    from include.pipeline.run_notes import keep_price, note_stop_reason

    params, run = get_current_context()["params"], current_run()
    preview = preview_of(run)
    keep_price(run.settings, run.spec, run.scope, preview, dry_run=params["dry_run"])
    for line in [*plan_table(preview), *verdict(preview, params["max_credits"])]:
        log.info(line)
    if params["dry_run"]:
        return False
    if not preview.fits and params["max_credits"] is None:
        note_stop_reason(run.settings, run.spec.run_id, REFUSED)
        raise AirflowFailException(f"{REFUSED}.\n" + bullets([*preview.advice, WAY_OUT]))
    return True


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
    """The price in total, what it stands beside, how long reading takes, and whether it fits."""
    lines = [f"price: {in_words(preview.price)}", *preview.compared()]
    lines.append(f"reading time at the plan's rate: {about(preview.wall_minutes)}")
    if max_credits is not None and preview.price.credits > max_credits:
        lines.append(f"max_credits of {max_credits:,} ends reading before that; the next run goes on from there")
    if preview.fits:
        return [*lines, "it fits"]
    return [*lines, "it does not fit:", *(f"- {sentence}" for sentence in preview.advice)]
