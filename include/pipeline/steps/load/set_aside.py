"""Windows that cannot be published because of what is in them: set aside, so that they block nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from include.ledger.database.engine import Ledger
from include.ledger.work import batches, windows
from include.pipeline.steps.validate.landed_batch import inputs_of
from include.pipeline.steps.validate.validate import landed_batch, set_aside
from include.quality.validation import validate as validate_pages
from include.settings import Settings
from include.warehouse.errors import RowsUnfit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.ledger.work.windows import OpenWindow
    from include.quality.model import PageInput
    from include.warehouse.warehouse import Warehouse

NEXT = (
    "Its pages are landed and paid, and nothing else waits for it. Next: report it, update this project (or correct "
    "the rules of `quality`), run `./oi replay`, then load again: that validates the same pages without a request"
)


def set_unfit_aside(
    settings: Settings, ledger: Ledger, warehouse: Warehouse, batch_id: str, refused: RowsUnfit
) -> None:
    """Takes the windows out of a batch whose rows the warehouse cannot hold; all of them where none alone is unfit."""
    by_window: dict[str, list[PageInput]] = {}
    for page in inputs_of(settings, landed_batch(ledger, batch_id)):
        by_window.setdefault(page.window_id, []).append(page)
    reasons: dict[str, str] = {}
    for window_id, inputs in by_window.items():
        found = validate_pages(batch_id, inputs, settings.quality)
        reason = warehouse.unfit(f"{batch_id}-{window_id}", found.accepted, found.quarantine, found.dq)
        if reason is not None:
            reasons[window_id] = reason
    set_aside(settings, ledger, batch_id, reasons or dict.fromkeys(by_window, str(refused)))


def windows_set_aside(connection: Connection) -> dict[str, tuple[OpenWindow, str]]:
    """The windows that are set aside, by id, each with its reason."""
    reasons = {one.window_id: one.reason for one in batches.all_set_aside(connection)}
    return {one.window_id: (one, reasons[one.window_id]) for one in windows.by_ids(connection, sorted(reasons))}


def release_windows(connection: Connection, except_for: Collection[str]) -> None:
    """Returns windows that were set aside to the next load, which validates them again."""
    found = batches.all_set_aside(connection)
    batches.dissolve(connection, [one.batch_id for one in found if one.window_id not in except_for])
