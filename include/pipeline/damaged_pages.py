"""Landed pages that are damaged or missing, as far as they still have to be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from include.domain.next_step import NextStep
from include.domain.text import counted
from include.landing.errors import NO_COPY, LandingUnreachable
from include.landing.store import LandingStore
from include.ledger.database.engine import Ledger
from include.ledger.work import pages
from include.ledger.work.pages import PageRef
from include.pipeline.errors import PipelineError
from include.pipeline.steps.validate import batch_files
from include.settings import Settings

_SAMPLE = 50
"""Where none of this many pages is in the landing zone, its address is more likely to be wrong."""


def damaged_among(settings: Settings, refs: Iterable[PageRef]) -> list[str]:
    """A sentence with the next step for each page that is damaged and keeps its batch out of the warehouse."""
    try:
        damaged = find_damaged(settings, LandingStore(settings.landing_url), refs)
    except LandingUnreachable as unreachable:
        return [str(unreachable)]
    return [f"{finding}. Next: put the file back from a copy. {NO_COPY}" for _, finding in damaged]


def find_damaged(settings: Settings, store: LandingStore, refs: Iterable[PageRef]) -> list[tuple[PageRef, str]]:
    """Each page that cannot be read, with what is wrong. A batch that was validated here does not need its pages."""
    unread = [ref for ref in refs if ref.batch_id is None or not batch_files.exists(settings.home, ref.batch_id)]
    found = [(ref, store.damage(ref.path, ref.sha256)) for ref in unread]
    return [(ref, finding) for ref, finding in found if finding is not None]


def require_landing_zone(settings: Settings, ledger: Ledger, missing: Sequence[PageRef]) -> None:
    """Raises PipelineError when not one of the `missing` pages, or of pages near them, is in the landing zone.

    Its address is likely to be wrong then. Near are pages of the same windows and the last ones landed by that time;
    what was landed at the wrong address since proves nothing.
    """
    if not missing:
        return
    store = LandingStore(settings.landing_url)
    with ledger.read() as connection:
        near = pages.landed_until(connection, max(ref.received_at for ref in missing), _SAMPLE)
        for window_id in {ref.window_id for ref in missing[:_SAMPLE]}:
            near += pages.of_window(connection, window_id)
    paths = {ref.path for ref in (*missing, *near)}
    if not any(store.has(path) for path in paths):
        raise PipelineError(
            f"none of {counted(len(paths), 'page')} looked for is at {settings.landing_url}, so nothing was changed. "
            "Next: check that OI_LANDING_URL names the place where they were landed, or restore that place from a "
            "copy. Where they are lost for good, ./oi heal --damaged --lost-for-good gives up those that were not "
            "loaded yet",
            NextStep.STOP_RUN,
        )
