"""What the settled batches of a run brought together, by the figures that are kept with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.ledger.database.engine import open_ledger
from include.ledger.work import batches, runs
from include.pipeline.progress import Jsonable
from include.pipeline.steps.load.loaded import Loaded
from include.settings import Settings


@dataclass(frozen=True, slots=True)
class RunTotals(Jsonable):
    """Rows that a run's batches published, and what the run paid so far."""

    loaded: Loaded
    requests: int
    credits: int
    restated: list[str]
    """A sentence for each value that the vendor changed by much."""
    loaded_elsewhere: int = 0
    """Rows that this run paid for and another run, which was active at the same time or came later, loaded."""


def run_totals(settings: Settings, run_id: str) -> RunTotals:
    """The totals of a run so far; nothing where the ledger does not know it."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        published = batches.published_by(connection, run_id)
        requests, credits, _ = runs.spending_of(connection, run_id)
        elsewhere = batches.rows_settled_elsewhere(connection, [run_id]).get(run_id, 0)
    return RunTotals(loaded_by(published), requests, credits, restated_in(published), elsewhere)


def loaded_by(published: Iterable[Mapping[str, Any]]) -> Loaded:
    """The rows of all these batches."""
    each = (Loaded(one["new"], one["changed"], one["unchanged"], one["quarantined"]) for one in published)
    return sum(each, Loaded())


def restated_in(published: Iterable[Mapping[str, Any]]) -> list[str]:
    """Large restatements in these batches, one sentence each."""
    return [sentence for one in published for sentence in one.get("restated", ())]
