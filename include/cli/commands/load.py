"""`./oi load`: the whole pipeline over a range, without Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from include.cli.console import print_json
from include.cli.exit_codes import ExitCode
from include.cli.options import From, Intervals, Json, LaneName, MaxCredits, Sources, Symbols, To, read_lane
from include.cli.progress import shown_progress
from include.cli.scope import chosen_scope
from include.cli.settings import settings_with_a_key
from include.cli.views.report import print_left, print_report

if TYPE_CHECKING:
    from include.pipeline.steps.report.summary import RunReport

EXAMPLES = """Examples:

\b
  ./oi load --from 2026-03-07 --to 2026-03-08
  ./oi load --symbol BTC --interval 4h --source binance_futures --from 2026-03-07 --to 2026-03-08
  ./oi load --symbol BTC --symbol ETH --interval 1h --from 2026-01-01 --to 2026-02-01 --max-credits 20000

Exit code 0: all of it is loaded. 3: stopped cleanly with work left. 1: failed.
"""


def load(
    start: From = None,
    end: To = None,
    symbol: Symbols = None,
    interval: Intervals = None,
    source: Sources = None,
    max_credits: MaxCredits = None,
    lane: LaneName = "backfill",
    json: Json = False,
) -> None:
    """Load open interest: what is missing of the range.

    Only missing time is requested and paid for: a second run costs nothing, and a run after a crash, a budget stop or
    Ctrl-C continues where the first one stopped. It buys without confirmation, oldest first; `./oi plan` with the same
    options shows the price. For long ranges `./oi backfill` shows the price, asks for confirmation, and buys the newest
    first.
    """
    lane_name = read_lane(lane)
    if start is None:
        raise typer.BadParameter(
            "a load needs the start of its range, for example --from 2026-03-07", param_hint="--from"
        )
    settings = settings_with_a_key()
    scope = chosen_scope(settings, symbol, source, interval, start, end)

    from include.pipeline.scope.scope import RunSpec, new_run_id
    from include.pipeline.workflows.load_all import load_all

    run = RunSpec(run_id=new_run_id("cli"), lane=lane_name, max_credits=max_credits)
    with shown_progress(quiet=json) as progress:
        report = load_all(settings, run, scope, progress=progress)
    end_with(report, json)


def end_with(report: RunReport, json: bool) -> NoReturn:
    """Prints the report of a run and ends the command with its exit code."""
    if json:
        print_json(report.to_dict())
        if not report.complete:
            print_left(report.to_dict())
    else:
        print_report(report.to_dict())
    raise typer.Exit(exit_code_of(report))


def exit_code_of(report: RunReport) -> ExitCode:
    """0 when complete, 130 after Ctrl-C, 1 after a failure, 3 when it stopped cleanly with work left."""
    if report.complete:
        return ExitCode.COMPLETE
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if report.failed else ExitCode.WORK_LEFT
