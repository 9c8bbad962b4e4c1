"""Give up pages: landed pages that cannot be read are struck out, and what is intact beside them is loaded.

Damage is rare, and a copy of the page the best repair. What happens without a copy is all here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from include.domain.clock import utc_now
from include.domain.text import counted
from include.landing.store import LandingStore
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import BatchState
from include.ledger.work import batches, pages, windows
from include.ledger.work.pages import PageRef
from include.pipeline.damaged_pages import find_damaged, require_landing_zone
from include.pipeline.landing_zone import accept_loss
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.load.load import load
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.settings import Settings


def give_up_and_load(settings: Settings, run: RunSpec, *, lost_for_good: bool = False) -> list[str]:
    """Gives up damaged pages, whatever their range, and loads the intact pages of their windows.

    Returns and raises what `give_up_pages` does.
    """
    given_up = give_up_pages(settings, lost_for_good=lost_for_good)
    if given_up:
        batch_ids = validate(settings, run)
        load(settings, batch_ids)
        settle(settings, batch_ids)
    return given_up


def give_up_pages(settings: Settings, *, lost_for_good: bool = False) -> list[str]:
    """Strikes out damaged pages whose rows are not loaded; returns a sentence for each of their windows.

    Windows of other living processes are left alone. The intact pages of a window stay; the rest of its time is due
    again, so a later plan buys it. Raises PipelineError when no page at all is in the landing zone, unless they are
    known to be `lost_for_good`; runs then continue without the loaded ones, too.
    """
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            unsettled = pages.unsettled(connection)
        damaged: dict[str, list[PageRef]] = defaultdict(list)
        for ref, _ in find_damaged(settings, store, unsettled):
            damaged[ref.window_id].append(ref)
        if not lost_for_good:
            require_landing_zone(settings, ledger, [ref for refs in damaged.values() for ref in refs])
        sentences = [_give_up(settings, ledger, store, window_id, refs) for window_id, refs in damaged.items()]
        if lost_for_good:
            accept_loss(ledger, store)
    return [sentence for sentence in sentences if sentence is not None]


def _give_up(
    settings: Settings, ledger: Ledger, store: LandingStore, window_id: str, refs: Sequence[PageRef]
) -> str | None:
    """None when another process was faster, or when the files are back."""
    # Looked at again before the transaction: a slow landing zone must not hold the ledger.
    still_damaged = {ref.path for ref, _ in find_damaged(settings, store, refs)}
    with ledger.write() as connection:
        (window,) = windows.by_ids(connection, [window_id])
        now = utc_now()
        is_read = not window.is_free(now) and window.owner != ledger.process_id
        if is_read or window_id in batches.windows_of_others(connection, ledger.process_id, now):
            return f"{window.label}: another process works on it; run the same command again when it has ended"
        known = [ref for ref in pages.of_window(connection, window_id) if ref.path in still_damaged]
        lost = [ref for ref in known if not _is_settled(connection, ref)]
        if not lost:
            return None
        rows = sum(ref.rows for ref in lost)
        note = (
            f"{window.label}: {counted(len(lost), 'landed page')} with {counted(rows, 'row')} given up, damaged or "
            "missing; the window's other pages are loaded, and its other time is due again where nothing covers it"
        )
        batches.dissolve(connection, {ref.batch_id for ref in lost if ref.batch_id is not None})
        for ref in lost:
            pages.lose(connection, ref)
        windows.give_up(connection, window_id, rows, note, now)
    return note


def _is_settled(connection: Connection, ref: PageRef) -> bool:
    return ref.batch_id is not None and batches.state_of(connection, ref.batch_id) is BatchState.SETTLED
