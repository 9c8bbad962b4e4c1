"""The end of a run: the ledger keeps how far it came."""

from __future__ import annotations

from include.domain.clock import iso, utc_now
from include.ledger.database.engine import open_ledger
from include.ledger.work import runs
from include.pipeline.steps.report.summary import RunReport
from include.settings import Settings


def finish_run(settings: Settings, report: RunReport) -> None:
    """Marks a run as finished in the ledger, with how far it came."""
    outcome = {
        "complete": report.complete,
        "left": report.left,
        "reached": iso(report.reached) if report.reached else None,
        "credits_to_finish": report.left_price.credits if report.left_price else 0,
    }
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.finish_run(connection, report.run_id, report.complete, outcome, utc_now())
