"""Reading a window: its cursor chain is followed to the end, across crashes and rejected cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from include.domain.clock import HOUR
from include.domain.errors import Signal
from include.kwery.answers.doubts import Doubt, because, united
from include.kwery.answers.evidence import Asking, Objection, objections
from include.kwery.answers.timestamps import RowPosition, row_positions
from include.kwery.errors import CursorRejected
from include.kwery.models import Page, Request
from include.landing.errors import LandingDamaged
from include.landing.store import LandedPage, LandingStore
from include.ledger.database.engine import Ledger
from include.ledger.work import leases, pages
from include.ledger.work.pages import PageRef
from include.ledger.work.windows import OpenWindow
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.settings import Settings

OnPage = Callable[[OpenWindow, Page], None]


class ChainBroken(Signal):
    """The pages of a window cannot be continued; the message says why and what happens to the rest."""


@dataclass(frozen=True, slots=True)
class WindowReader:
    """Reads claimed windows; several threads may share one."""

    settings: Settings
    ledger: Ledger
    store: LandingStore
    requests: PaidRequests
    writer: PageWriter

    def read(self, window: OpenWindow, on_page: OnPage) -> OpenWindow:
        """Reads a claimed window to the end of its chain; returns it as it is then.

        Raises Halted when the run stops, KweryError when the vendor refuses, ChainBroken when the chain cannot be
        continued, LeaseLost when another process holds the window.
        """
        window, ended = self._catch_up(window)
        chain = _Chain(window)
        while not ended:
            try:
                page, charge_id = self.requests.fetch(window, request_of(window))
            except CursorRejected as rejected:
                limit = rejected.request.limit if rejected.request else window.limit
                window = self._without_cursor(replace(window, limit=limit), rejected)
                window, ended = self._catch_up(window)
                chain = _Chain(window)
                continue
            landed = self.writer.land(window, page, charge_id)
            window = self._commit(window, landed, self._other_answer(landed))
            on_page(window, page)
            ended = is_last(page)
            if not ended:
                chain.follow(window, page)
        return window

    def _commit(self, window: OpenWindow, landed: LandedPage, more: Sequence[Objection] = ()) -> OpenWindow:
        found = [*objections_to(landed.page, self.settings, window.rows), *more]
        return self.writer.commit(window, landed, found)

    def _other_answer(self, landed: LandedPage) -> list[Objection]:
        """An objection where a worker that lost the window has landed another answer to the same request."""
        if not self.store.differs_from_another(landed):
            return []
        return [Objection(Doubt.PAGES_DIFFER, Doubt.PAGES_DIFFER.sentence)]

    def _catch_up(self, window: OpenWindow) -> tuple[OpenWindow, bool]:
        """Commits the pages that are landed and not committed; the flag says whether the chain has ended.

        A crash leaves one such page. A ledger that was restored from a copy lacks all that were landed since.
        """
        while (landed := self._landed(window)) is not None:
            window = self._commit(window, landed)
            if is_last(landed.page):
                return window, True
        with self.ledger.read() as connection:
            known = pages.of_window(connection, window.window_id)
        if not known or window.next_cursor is not None:
            return window, bool(known) and known[-1].rows == 0
        return window, window.resume_start is None or self._resumed_page_ended(window, known[-1])

    def _landed(self, window: OpenWindow) -> LandedPage | None:
        """The answer to the window's next request, if it is landed."""
        # A damaged one is requested again and lands beside it: there is no copy of a page that no ledger knew.
        with suppress(LandingDamaged):
            return self.store.find(window.window_id, window.next_sequence, request_of(window))
        return None

    def _resumed_page_ended(self, window: OpenWindow, last: PageRef) -> bool:
        page = self.store.read(last.path, last.sha256).page
        return page.request.start == window.resume_start and is_last(page)

    def _without_cursor(self, window: OpenWindow, rejected: CursorRejected) -> OpenWindow:
        """Moves `start` to the last landed timestamp, where the rows' order proves that nothing earlier is missing.

        Raises ChainBroken where it does not, or where a landed page cannot be read.
        """
        with self.ledger.read() as connection:
            known = pages.of_window(connection, window.window_id)
        try:
            bodies = [self.store.read(ref.path, ref.sha256).page.body for ref in known]
        except LandingDamaged as damaged:
            raise ChainBroken(_broken(window, f"{rejected.why}, and {damaged.finding}")) from None
        rows = [position for body in bodies for position in row_positions(body)]
        start = _read_up_to(rows, one_source=window.stream.source is not None)
        if start is None or start <= (window.resume_start or window.start):
            why = f"{rejected.why}, and the order of the landed rows does not show where to continue by time"
            raise ChainBroken(_broken(window, why)) from None
        lost = () if _is_unbroken(rows, window, start) else (Doubt.CURSOR_LOST,)
        doubts, note = united((*window.doubts, *lost)), because(lost) or window.note
        with self.ledger.write() as connection:
            leases.resume_from(connection, window.lease, start, doubts, note)
        return replace(window, next_cursor=None, resume_start=start, doubts=doubts, note=note)


class _Chain:
    """The cursors and pages of one chain: it is cut when they repeat (behaviour 10)."""

    def __init__(self, window: OpenWindow) -> None:
        self._cursors = {window.next_cursor}
        self._rows: set[int] = set()

    def follow(self, window: OpenWindow, page: Page) -> None:
        """Raises ChainBroken when the page just read leads nowhere new."""
        if page.next_cursor in self._cursors:
            raise ChainBroken(_broken(window, "the vendor's cursor came back to a page that was read before"))
        self._cursors.add(page.next_cursor)
        if window.rows > window.expected_rows:  # rows are compared only in a chain that is longer than expected
            rows = hash(tuple(row_positions(page.body)))
            if rows in self._rows:
                raise ChainBroken(_broken(window, "the vendor sends the same rows again and again"))
            self._rows.add(rows)


def _broken(window: OpenWindow, why: str) -> str:
    return f"{window.label}: {why}; what arrived is kept, and the next run requests the rest"


def request_of(window: OpenWindow) -> Request:
    """The next request of a window: start and end stay the same while a cursor is followed (behaviour 12)."""
    start = window.resume_start or window.start
    return Request(window.stream, start, window.end, window.limit, window.next_cursor)


def is_last(page: Page) -> bool:
    """True for a page without a cursor, or without rows: it ends the chain (behaviours 8 and 10)."""
    return page.next_cursor is None or page.row_count == 0


def objections_to(page: Page, settings: Settings, rows_before: int) -> list[Objection]:
    """What a page lacks of a good answer (rule 3); `rows_before` came on earlier pages of its chain."""
    return objections(
        page,
        Asking(
            settings.prices.credits,
            rows_before,
            settings.quality.symbol_aliases,
            longest_kept=max(HOUR, timedelta(hours=settings.plan.recheck_gap_hours)),
            harmless_fields=frozenset(settings.api.harmless_fields),
        ),
    )


def _is_unbroken(rows: Sequence[RowPosition], window: OpenWindow, end: datetime) -> bool:
    """True when every source that was seen has each bucket before `end`: order alone proves no bucket empty."""
    seen = {(row.source, row.instant) for row in rows if window.start <= row.instant < end}
    sources = {row.source for row in rows}
    return len(seen) >= len(sources) * window.stream.interval.points(window.start, end)


def _read_up_to(rows: Sequence[RowPosition], *, one_source: bool) -> datetime | None:
    """The newest instant of rows that came in time order, all sources side by side; None when they did not.

    In a request for all sources, rows of one source prove no order: the others may come after it (rule 3).
    """
    instants = [row.instant for row in rows]
    if not instants or any(later < earlier for earlier, later in pairwise(instants)):
        return None
    side_by_side = any(a.instant == b.instant and a.source != b.source for a, b in pairwise(rows))
    return instants[-1] if one_source or side_by_side else None
