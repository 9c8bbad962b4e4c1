"""`./oi heal`: buys the gaps of a range."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from include.cli.commands.load import end_with
from include.cli.options import From, Intervals, Json, MaxCredits, Sources, Symbols, To
from include.cli.progress import shown_progress
from include.cli.scope import chosen_scope
from include.cli.settings import settings_with_a_key

EXAMPLES = """Examples:

\b
  ./oi heal
  ./oi heal --from 2026-03-01 --max-credits 5000
  ./oi heal --damaged
  ./oi heal --recheck --symbol BTC --source kalshi --from 2026-03-01 --to 2026-03-08
"""

Recheck = Annotated[
    bool, typer.Option("--recheck", help="Also request time that came back empty before, once or twice.")
]
Damaged = Annotated[
    bool,
    typer.Option("--damaged", help="First give up landed pages that are damaged or missing, so that they are gaps."),
]
LostForGood = Annotated[
    bool, typer.Option("--lost-for-good", help="With --damaged: also where their rows are loaded, or none is found.")
]


def heal(
    start: From = None,
    end: To = None,
    symbol: Symbols = None,
    interval: Intervals = None,
    source: Sources = None,
    recheck: Recheck = False,
    damaged: Damaged = False,
    lost_for_good: LostForGood = False,
    max_credits: MaxCredits = None,
    json: Json = False,
) -> None:
    """Buy gaps, newest first, within an allowance.

    Missing time in the range is bought, for at most budget.heal_credits. The daily DAG does the same for the look-back.
    A stretch that came back empty twice, a day apart, is proven empty and costs nothing more; --recheck discards that
    proof for the range and requests it once more.

    When a landed page is damaged or gone before its rows were loaded, restore it from a backup. Without one, --damaged
    gives it up, whatever its range: the rest of its window is loaded, and its time is bought again if it lies in the
    given range and nothing else covers it. Its charge stays.
    """
    if lost_for_good and not damaged:
        raise typer.BadParameter("it widens --damaged; add --damaged", param_hint="--lost-for-good")
    settings = settings_with_a_key()
    scope = chosen_scope(settings, symbol, source, interval, start, end)

    from include.pipeline.scope.scope import RunSpec, new_run_id
    from include.pipeline.workflows.give_up_pages import give_up_and_load
    from include.pipeline.workflows.heal import heal as heal_scope

    run = RunSpec(run_id=new_run_id("heal"), lane="daily", max_credits=max_credits)
    with shown_progress(quiet=json) as progress:
        given_up = give_up_and_load(settings, run, lost_for_good=lost_for_good) if damaged else []
        report = heal_scope(settings, run, scope, recheck=recheck, progress=progress)
    end_with(replace(report, notes=[*given_up, *report.notes]), json)
