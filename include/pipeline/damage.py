"""Landed pages that were damaged, or vanished, before their rows were in the warehouse for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from include.clock import utc_now
from include.kwery.errors import NextStep
from include.landing.errors import NO_COPY, LandingUnreachable
from include.landing.store import LandingStore
from include.ledger import batches, pages, windows
from include.ledger.engine import Ledger, open_ledger
from include.ledger.pages import PageRef
from include.ledger.windows import OpenWindow
from include.pipeline import batchfiles
from include.pipeline.errors import PipelineError
from include.pipeline.open_work import overlaps
from include.pipeline.scope import Scope
from include.pipeline.settlement import settle_if_whole
from include.settings import Settings
from include.words import counted


def damaged_in(connection: Connection, settings: Settings, scope: Scope) -> list[str]:
    """A sentence, with what to do, for each damaged page that keeps a part of the scope out of the warehouse."""
    waiting = _by_window(settings, pages.unsettled(connection))
    found = [one for one in windows.by_ids(connection, list(waiting)) if overlaps(one, scope)]
    refs = [ref for one in found for ref in waiting[one.window_id]]
    try:
        damaged = _damaged(LandingStore(settings.landing_url), refs)
    except LandingUnreachable as unreachable:
        return [str(unreachable)]
    return [f"{why}. Next: put the file back from a copy. {NO_COPY}" for _, why in damaged]


def give_up_damaged(settings: Settings) -> list[str]:
    """Gives up every such page that no living process is at work on; returns a sentence for each of their windows.

    A window's intact pages stay: their rows are loaded and covered. The rest of its time is due again, so a later plan
    buys it. Raises PipelineError where pages were never landed: OI_LANDING_URL is likely to name the wrong place then.
    """
    store = LandingStore(settings.landing_url)
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            waiting = [ref for refs in _by_window(settings, pages.unsettled(connection)).values() for ref in refs]
        if waiting and not store.was_used():
            raise PipelineError(
                f"{settings.landing_url} holds no landed page and never did, so nothing was given up: see that "
                "OI_LANDING_URL names the place where pages were landed",
                NextStep.STOP_RUN,
            )
        lost: dict[str, list[PageRef]] = defaultdict(list)
        for ref, _ in _damaged(store, waiting):
            lost[ref.window_id].append(ref)
        return [_give_up(settings, ledger, store, window_id, refs) for window_id, refs in lost.items()]


def _by_window(settings: Settings, refs: Iterable[PageRef]) -> dict[str, list[PageRef]]:
    """The pages that have still to be read: a batch that was judged here is loaded from its own files."""
    waiting: dict[str, list[PageRef]] = defaultdict(list)
    for ref in refs:
        if ref.batch_id is None or not batchfiles.exists(settings.home, ref.batch_id):
            waiting[ref.window_id].append(ref)
    return waiting


def _damaged(store: LandingStore, refs: Iterable[PageRef]) -> list[tuple[PageRef, str]]:
    found = [(ref, store.damage(ref.path, ref.sha256)) for ref in refs]
    return [(ref, why) for ref, why in found if why is not None]


def _give_up(settings: Settings, ledger: Ledger, store: LandingStore, window_id: str, refs: list[PageRef]) -> str:
    with ledger.write() as connection:
        (window,) = windows.by_ids(connection, [window_id])
        if _in_hands(connection, ledger, window):
            return f"{window.label}: another process is at work on it; run the same again when it has ended"
        lost = f"{counted(len(refs), 'landed page')} with {counted(sum(ref.rows for ref in refs), 'row')}"
        note = (
            f"{window.label}: {lost} given up, damaged or missing; what is left of it is loaded, the rest is due again"
        )
        for ref in refs:
            store.give_up(ref.path)
            pages.lose(connection, ref)
        windows.give_up(connection, window_id, sum(ref.rows for ref in refs), note, utc_now())
        settle_if_whole(connection, settings, window_id)
    return note


def _in_hands(connection: Connection, ledger: Ledger, window: OpenWindow) -> bool:
    now = utc_now()
    if not window.is_free(now) and window.holder != ledger.holder:
        return True
    return window.window_id in batches.windows_in_other_hands(connection, ledger.holder, now)
