"""Whether the steps between plan and report would find nothing to do."""

from __future__ import annotations

from include.ledger.database.engine import open_ledger
from include.ledger.work import pages, windows
from include.pipeline.steps.settle.sync_marts import Address, marts_are_current
from include.pipeline.steps.validate import batch_files
from include.settings import Settings


def nothing_to_load(settings: Settings, address: Address) -> bool:
    """True where every landed page is settled, every window that was read too, and the marts at `address` know it.

    What another process reads or loads at this moment makes it False, and so does a batch's folder that is left over.
    """
    if batch_files.any_left(settings.home):
        return False
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        if pages.unsettled(connection) or windows.ready_to_settle(connection):
            return False
    return marts_are_current(settings, address)
