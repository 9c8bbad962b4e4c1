"""Which landed pages a replay reads: whole windows, and only those whose rows it can replace exactly.

The warehouse knows a page's rows by symbol, interval and the time at which they were learned. Two windows that share
these three are replayed together or not at all. So it stays, even though loads could be made to wait for a replay: a
replay of a part of the time would still meet such windows at its edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from include.domain.dataset import Dataset
from include.domain.next_step import NextStep
from include.kwery.models import Request
from include.landing.errors import NO_COPY, LandingDamaged
from include.landing.store import LandingStore
from include.ledger.database.engine import Ledger
from include.ledger.work import pages, windows
from include.ledger.work.windows import OpenWindow
from include.pipeline.damaged_pages import require_landing_zone
from include.pipeline.errors import PipelineError
from include.settings import Settings

_Moment = tuple[str, str, datetime]
"""Symbol, interval and the time at which rows were learned."""


@dataclass(frozen=True, slots=True)
class ReadablePage:
    """A landed page without its body: the bodies of all pages may not fit into memory."""

    path: str
    window_id: str
    sequence: int
    request: Request
    known_at: datetime
    rows: int

    @property
    def moment(self) -> _Moment:
        return self.request.stream.symbol, self.request.stream.interval.value, self.known_at


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """A page in the ledger whose file is damaged or missing."""

    path: str
    window: OpenWindow
    known_at: datetime
    was_loaded: bool

    @property
    def window_id(self) -> str:
        return self.window.window_id

    @property
    def request(self) -> OpenWindow:
        """What was requested, as far as it is known: the window's time."""
        return self.window

    @property
    def moment(self) -> _Moment:
        return self.window.stream.symbol, self.window.stream.interval.value, self.known_at

    @property
    def sentence(self) -> str:
        """What happens to its window, and what to do."""
        found = f"{self.window.label}: landed page {self.path} is damaged or missing"
        if not self.was_loaded:
            return f"{found}; its rows were never loaded. Next: put the file back from a copy. {NO_COPY}"
        return (
            f"{found}, so the window's rows stay as they are. Put the file back from a copy and replay again; where "
            "there is none and the warehouse is a new one, a run of the backfill DAG with `reread` over that time "
            "buys them again"
        )


def pages_to_replay(
    settings: Settings, ledger: Ledger, start: datetime | None, end: datetime | None
) -> tuple[list[list[ReadablePage]], list[str]]:
    """The pages of the windows that touch `[start, end)`, by window, oldest first; None leaves a side open.

    Also a sentence for each page that keeps a window out. Raises PipelineError for a damaged page that the ledger does
    not know, and when no page is in the landing zone.
    """
    readable, unreadable = _all_pages(settings, ledger)
    every: list[ReadablePage | UnreadablePage] = [*readable, *unreadable]
    touching = {
        page.window_id
        for page in every
        if (end is None or page.request.start < end) and (start is None or start < page.request.end)
    }
    wanted = _with_sharing(every, touching)
    kept_out = wanted & _with_sharing(every, {page.window_id for page in unreadable})
    by_window: dict[str, list[ReadablePage]] = defaultdict(list)
    for page in readable:
        if page.window_id in wanted - kept_out:
            by_window[page.window_id].append(page)
    by_age = sorted(
        (sorted(window, key=lambda page: page.sequence) for window in by_window.values()),
        key=lambda window: (window[0].known_at, window[0].window_id),
    )
    return by_age, [page.sentence for page in unreadable if page.window_id in kept_out]


def _all_pages(settings: Settings, ledger: Ledger) -> tuple[list[ReadablePage], list[UnreadablePage]]:
    """All landed pages that were not given up, and those in the ledger that cannot be read."""
    store = LandingStore(settings.landing_url)
    with ledger.read() as connection:  # before the files are listed: what lands meanwhile is not missing
        missing, given_up = pages.paths(connection), pages.lost_paths(connection)
    readable: list[ReadablePage] = []
    for path in store.walk():
        if path in given_up:
            continue
        try:
            page = _readable(store, path)
            if page.request.stream.dataset is Dataset.OPEN_INTEREST:
                readable.append(page)
        except LandingDamaged as damaged:
            if path not in missing:
                raise _unknown(damaged) from None
        else:
            missing.discard(path)
    with ledger.read() as connection:
        refs = pages.at_paths(connection, sorted(missing))
        waiting = {ref.path for ref in pages.unsettled(connection)}
        of_id = {one.window_id: one for one in windows.by_ids(connection, sorted({ref.window_id for ref in refs}))}
    if not readable:
        require_landing_zone(settings, ledger, refs)
    unreadable = [UnreadablePage(ref.path, of_id[ref.window_id], ref.known_at, ref.path not in waiting) for ref in refs]
    return readable, unreadable


def _readable(store: LandingStore, path: str) -> ReadablePage:
    landed = store.read(path)
    page = landed.page
    return ReadablePage(path, landed.window_id, landed.sequence, page.request, page.known_at, page.row_count)


def _unknown(damaged: LandingDamaged) -> PipelineError:
    return PipelineError(
        f"{damaged.finding}. The ledger does not know this page, so nothing of it was ever claimed. Next: move the "
        "file away, then run the same command again",
        NextStep.STOP_RUN,
    )


def _with_sharing(every: Sequence[ReadablePage | UnreadablePage], window_ids: set[str]) -> set[str]:
    """The windows, and all that share a moment with one of them, directly or through others."""
    while True:
        moments = {page.moment for page in every if page.window_id in window_ids}
        more = {page.window_id for page in every if page.moment in moments}
        if more <= window_ids:
            return window_ids
        window_ids = window_ids | more
