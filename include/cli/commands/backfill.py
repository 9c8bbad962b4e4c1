"""`./oi backfill`: any past range, priced first, bought in a chosen order while credits and time last."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from include.cli.commands.load import end_with
from include.cli.console import print_json, print_message, say
from include.cli.exit_codes import ExitCode
from include.cli.options import From, Intervals, Json, MaxCredits, Sources, Symbols, To, one_of
from include.cli.progress import shown_progress
from include.cli.scope import chosen_scope
from include.cli.settings import settings_for_a_run, settings_with_a_key
from include.cli.views.plan import print_plan
from include.domain.clock import utc_now
from include.planning.windows.order import Order
from include.settings.schedule import LONGEST_RUN_MINUTES

if TYPE_CHECKING:
    from include.pipeline.pricing.quote import Preview

ORDERS = (Order.NEWEST_FIRST.value, Order.OLDEST_FIRST.value)
EXAMPLES = """Examples:

\b
  ./oi backfill --from 2025-01-01 --to 2026-01-01 --dry-run
  ./oi backfill --from 2025-01-01 --to 2026-01-01 --max-credits 200000 --max-minutes 45 --yes
  ./oi backfill --symbol BTC --interval 1h --from 2026-03-01 --to 2026-03-08 --reread

Exit code 0: all of it is loaded. 3: credits, time or your answer ended it early; the same command continues there.
"""

OrderName = Annotated[str, typer.Option("--order", metavar="ORDER", help=f"What to buy first: {' or '.join(ORDERS)}.")]
MaxMinutes = Annotated[
    int | None,
    typer.Option(
        "--max-minutes",
        min=1,
        max=LONGEST_RUN_MINUTES,
        metavar="N",
        help="Stop reading, between two pages, after N minutes.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan with its price; buy nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Buy without confirmation.")]
Reread = Annotated[
    bool, typer.Option("--reread", help="Buy covered time again; changed values are kept beside the old ones.")
]


def backfill(
    start: From = None,
    end: To = None,
    symbol: Symbols = None,
    interval: Intervals = None,
    source: Sources = None,
    order: OrderName = Order.NEWEST_FIRST.value,
    max_credits: MaxCredits = None,
    max_minutes: MaxMinutes = None,
    reread: Reread = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Load a long past range: priced first, newest first.

    Like `./oi load`, it pays only for missing time. It suits ranges that one run may not finish: it shows the price
    first, buys in the order of your choice, ends at a page boundary when credits or time are used up, and then says
    what is missing and what it costs. The DAG open_interest_backfill does the same under Airflow.
    """
    one_of(ORDERS, order, "--order", "order")
    if start is None:
        raise typer.BadParameter(
            "a backfill needs the start of its range, for example --from 2025-01-01", param_hint="--from"
        )
    settings = settings_for_a_run() if dry_run else settings_with_a_key()

    from include.pipeline.pricing.preview import preview
    from include.pipeline.scope.scope import RunSpec, new_run_id
    from include.pipeline.workflows.load_all import load_all

    run = RunSpec(run_id=new_run_id("backfill"), lane="backfill", max_credits=max_credits)
    scope = replace(
        chosen_scope(settings, symbol, source, interval, start, end),
        order=Order(order),
        reread_for=run.run_id if reread else None,
    )
    seen = preview(settings, run.lane, scope)
    _show(seen, max_credits, as_json=json and dry_run, quiet=json)
    if dry_run:
        return
    _consent(seen, yes=yes)
    until = None if max_minutes is None else utc_now() + timedelta(minutes=max_minutes)
    with shown_progress(quiet=json) as progress:
        report = load_all(settings, replace(run, read_until=until), scope, progress=progress)
    end_with(report, json)


def _show(seen: Preview, max_credits: int | None, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(seen.to_dict())
    if quiet:
        return
    print_plan(seen)
    if max_credits is not None and seen.price.credits > max_credits:
        say(f"--max-credits {max_credits:,} ends reading before that; the same command continues there.")


def _consent(seen: Preview, *, yes: bool) -> None:
    """Asks for confirmation on a terminal; elsewhere `--yes` is needed. An empty plan needs none."""
    if yes or not seen.windows:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("not a terminal: pass --yes to buy", param_hint="--yes")
    if not typer.confirm("Buy?", err=True):
        print_message("Nothing was bought.")
        raise typer.Exit(ExitCode.WORK_LEFT)
