"""Landed pages that were damaged, or vanished, before their rows were in the warehouse for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from include.domain.clock import utc_now
from include.domain.next_step import NextStep
from include.domain.text import counted
from include.landing.errors import NO_COPY, LandingUnreachable
from include.landing.store import LandingStore
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import BatchState
from include.ledger.work import batches, pages, windows
from include.ledger.work.pages import PageRef
from include.pipeline.errors import PipelineError
from include.pipeline.steps.validate import batch_files
from include.settings import Settings

_SAMPLE = 50
"""Where none of so many pages is at its place, it is the place that is wrong."""


def damaged_among(settings: Settings, refs: Iterable[PageRef]) -> list[str]:
    """A sentence, with what to do, for each page that is damaged and keeps its batch out of the warehouse."""
    try:
        damaged = _damaged(LandingStore(settings.landing_url), _still_read(settings, refs))
    except LandingUnreachable as unreachable:
        return [str(unreachable)]
    return [f"{why}. Next: put the file back from a copy. {NO_COPY}" for _, why in damaged]


def give_up_damaged(settings: Settings, *, lost_for_good: bool = False) -> list[str]:
    """Gives up every such page that no living process is at work on; returns a sentence for each of their windows.

    A window's intact pages stay: their rows are loaded and covered. The rest of its time is due again, so a later plan
    buys it. Raises PipelineError where no page at all is at its place, unless they are known to be `lost_for_good`.
    """
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            refs = pages.unsettled(connection)
        damaged: dict[str, list[PageRef]] = defaultdict(list)
        for ref, _ in _damaged(store, _still_read(settings, refs)):
            damaged[ref.window_id].append(ref)
        if not lost_for_good:
            see_that_pages_are_there(settings, ledger, [ref for found in damaged.values() for ref in found])
        told = [_give_up(settings, ledger, window_id, found) for window_id, found in damaged.items()]
    return [sentence for sentence in told if sentence is not None]


def see_that_pages_are_there(settings: Settings, ledger: Ledger, missed: Sequence[PageRef]) -> None:
    """PipelineError when neither `missed` pages nor others of their windows or of their time are where settings say.

    The place is likely to be the wrong one then: what is landed there since says nothing of it.
    """
    if not missed:
        return
    store = LandingStore(settings.landing_url)
    with ledger.read() as connection:
        beside = pages.landed_until(connection, max(ref.received_at for ref in missed), _SAMPLE)
        for window_id in {ref.window_id for ref in missed[:_SAMPLE]}:
            beside += pages.of_window(connection, window_id)
    sought = {ref.path for ref in (*missed, *beside)}
    if not any(store.has(path) for path in sought):
        raise PipelineError(
            f"none of {counted(len(sought), 'page')} looked for is at "
            f"{settings.landing_url}, so nothing was changed: see that OI_LANDING_URL names the place where they were "
            "landed, or put that back from a copy. Where they are lost for good, ./oi heal --damaged --lost-for-good "
            "gives up those that were not loaded yet",
            NextStep.STOP_RUN,
        )


def _still_read(settings: Settings, refs: Iterable[PageRef]) -> list[PageRef]:
    """The pages that have still to be read: a batch that was judged here is loaded from its own files."""
    return [ref for ref in refs if ref.batch_id is None or not batch_files.exists(settings.home, ref.batch_id)]


def _damaged(store: LandingStore, refs: Iterable[PageRef]) -> list[tuple[PageRef, str]]:
    found = [(ref, store.damage(ref.path, ref.sha256)) for ref in refs]
    return [(ref, why) for ref, why in found if why is not None]


def _give_up(settings: Settings, ledger: Ledger, window_id: str, damaged: Sequence[PageRef]) -> str | None:
    """None where another process was quicker, or the files are back."""
    again = {ref.path for ref, _ in _damaged(LandingStore(settings.landing_url), damaged)}
    with ledger.write() as connection:
        (window,) = windows.by_ids(connection, [window_id])
        now = utc_now()
        is_read = not window.is_free(now) and window.owner != ledger.process_id
        if is_read or window_id in batches.windows_of_others(connection, ledger.process_id, now):
            return f"{window.label}: another process is at work on it; run the same again when it has ended"
        left = [ref for ref in pages.of_window(connection, window_id) if ref.path in again]
        settled = BatchState.SETTLED
        lost = [ref for ref in left if ref.batch_id is None or batches.state_of(connection, ref.batch_id) != settled]
        if not lost:
            return None
        rows = sum(ref.rows for ref in lost)
        note = (
            f"{window.label}: {counted(len(lost), 'landed page')} with {counted(rows, 'row')} given up, damaged or "
            "missing; what is left of the window is loaded, its other time is due again where nothing else covers it"
        )
        batches.dissolve(connection, _batches_of(lost))
        for ref in lost:
            pages.lose(connection, ref)
        windows.give_up(connection, window_id, rows, note, now)
    return note


def _batches_of(refs: Collection[PageRef]) -> set[str]:
    return {ref.batch_id for ref in refs if ref.batch_id is not None}
