"""The word that a run's tasks leave for one another when credits or time ended reading."""

from __future__ import annotations

from datetime import datetime

from include.clock import utc_now
from include.ledger import runs
from include.ledger.engine import open_ledger
from include.settings import Settings


def note_limit(settings: Settings, run_id: str, sentence: str) -> None:
    """Tells the run's other tasks, and its report, that reading ended, and why."""
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.note_stop(connection, run_id, sentence, utc_now())


def limit_met(settings: Settings, run_id: str, since: datetime) -> str | None:
    """Why reading ended, when a task of the run said so at `since` or later."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        run = runs.run_of(connection, run_id)
    if run is None or run.stopped is None or run.stopped_at < since:
        return None
    return str(run.stopped)
