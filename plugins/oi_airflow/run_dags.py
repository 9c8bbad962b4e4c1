"""Runs the hourly and then the daily DAG over one range, in this process, without scheduler or web server.

    python -m oi_airflow.run_dags --from 2026-03-07 --to 2026-03-08 [--max-credits 5000] [--json]

Prints one line per step; Airflow's own log goes to a file. After a kill, run it again: what was paid for is kept.
Exit codes: 0 complete, 3 stopped cleanly with work left, 1 failed, 2 bad usage or settings.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from include.cli.exit_codes import ExitCode
from include.configuration.errors import SettingsError
from include.domain.clock import iso, parse_instant
from include.domain.display import shown
from include.domain.gc_tuning import collect_seldom
from include.settings import Settings, load_settings
from oi_airflow import environment

if TYPE_CHECKING:
    from oi_airflow.dag_runner import RunOutcome

DAG_IDS = ("open_interest_hourly", "open_interest_daily")


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        outcomes = run_dags(load_settings(), asked.start, asked.end, asked.max_credits)
    except SettingsError as error:
        print(shown(error), file=sys.stderr)
        return ExitCode.USAGE
    if asked.json:
        print(json.dumps([_described(outcome) for outcome in outcomes], default=iso))
    return exit_code(outcomes)


def run_dags(settings: Settings, start: datetime, end: datetime, max_credits: int | None) -> list[RunOutcome]:
    """Both DAGs over `[start, end)`, together spending at most `max_credits`."""
    home = environment.enter(settings)
    # Airflow reads its environment when it is first imported: not before this line.
    from oi_airflow.dag_runner import OneProcess, printing_steps
    from oi_airflow.first_run import prepare

    outcomes: list[RunOutcome] = []
    with printing_steps(home) as steps:
        prepare(home)
        process = OneProcess(settings, steps)
        for dag_id in DAG_IDS:
            conf = {"from": iso(start), "to": iso(end), "max_credits": _rest(max_credits, outcomes)}
            if outcome := process.run(dag_id, conf):
                outcomes.append(outcome)
    return outcomes


def exit_code(outcomes: list[RunOutcome]) -> int:
    """The worst outcome decides."""
    if all(outcome.report.complete for outcome in outcomes):
        return ExitCode.COMPLETE
    return ExitCode.WORK_LEFT if all(outcome.stopped_cleanly for outcome in outcomes) else ExitCode.FAILED


def _rest(max_credits: int | None, outcomes: list[RunOutcome]) -> int | None:
    if max_credits is None:
        return None
    return max(0, max_credits - sum(outcome.report.credits for outcome in outcomes))


def _described(outcome: RunOutcome) -> dict[str, object]:
    return {"dag_id": outcome.dag_id, "run_id": outcome.run_id, "report": outcome.report.to_dict()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m oi_airflow.run_dags", description="Run the hourly and the daily DAG over one range."
    )
    parser.add_argument("--from", dest="start", type=_instant, required=True, metavar="T", help="start, inclusive, UTC")
    parser.add_argument("--to", dest="end", type=_instant, required=True, metavar="T", help="end, exclusive, UTC")
    parser.add_argument("--max-credits", type=int, metavar="N", help="both DAGs together may spend at most N credits")
    parser.add_argument("--json", action="store_true", help="end with the two reports as one line of JSON")
    return parser


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    collect_seldom()
    sys.exit(main())
