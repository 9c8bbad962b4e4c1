"""Reading a window: its cursor chain is followed to the end, across crashes and rejected cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection

from include.kwery.answers.doubts import Doubt, because, united
from include.kwery.answers.evidence import Objection
from include.kwery.answers.timestamps import RowPosition, row_positions
from include.kwery.errors import CursorRejected
from include.kwery.models import Page, Request
from include.landing.errors import LandingDamaged
from include.landing.store import LandedPage, LandingStore
from include.ledger.credits.permits import Granted
from include.ledger.database.engine import Ledger
from include.ledger.work import leases, pages
from include.ledger.work.pages import PageRef
from include.ledger.work.windows import OpenWindow
from include.pipeline.steps.extract.chain import Chain, broken, is_last
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.settings import Settings

OnPage = Callable[[OpenWindow, Page], None]


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
        chain = self._chain_so_far(window)
        window, ended = self._catch_up(window, chain)
        chain.begin_at(window)
        permit: Granted | None = None
        while not ended:
            try:
                page, charge_id = self.requests.fetch(window, request_of(window), permit)
            except CursorRejected as rejected:
                limit = rejected.request.limit if rejected.request else window.limit
                window = self._without_cursor(replace(window, limit=limit), rejected)
                window, ended = self._catch_up(window, chain)
                chain.begin_at(window)
                permit = None
                continue
            landed = self.writer.land(window, page, charge_id)
            nowhere = chain.leads_nowhere(page, window.expected_rows)
            ended = nowhere is not None or is_last(page)
            more = [*self._other_answer(landed), *([nowhere] if nowhere else [])]
            window, permit = self._commit(window, landed, chain, more, continues=not ended)
            try:
                on_page(window, page)
                if not ended:
                    chain.follow(window, page)
            except BaseException:
                if permit is not None:
                    self.requests.cancel(permit)
                raise
        return window

    def _commit(
        self,
        window: OpenWindow,
        landed: LandedPage,
        chain: Chain,
        more: Sequence[Objection] = (),
        *,
        continues: bool = False,
    ) -> tuple[OpenWindow, Granted | None]:
        """Commits a page, with a permit for the next request of a window that continues."""
        found = [*chain.judge(landed.page), *more]
        return self.writer.commit(window, landed, found, self._permit_next if continues else None)

    def _permit_next(self, connection: Connection, window: OpenWindow) -> Granted | None:
        return self.requests.permit_next(connection, window, request_of(window))

    def _chain_so_far(self, window: OpenWindow) -> Chain:
        chain = Chain(self.settings)
        if window.next_sequence > 0:
            with self.ledger.read() as connection:
                known = pages.of_window(connection, window.window_id)
            for ref in known:
                with suppress(LandingDamaged):  # it cannot promise anything
                    chain.judge(self.store.read(ref.path, ref.sha256).page)
            chain.place(window.rows, window.next_sequence)
        return chain

    def _other_answer(self, landed: LandedPage) -> list[Objection]:
        """An objection where a worker that lost the window has landed another answer to the same request."""
        if not self.store.differs_from_another(landed):
            return []
        return [Objection(Doubt.PAGES_DIFFER, Doubt.PAGES_DIFFER.sentence)]

    def _catch_up(self, window: OpenWindow, chain: Chain) -> tuple[OpenWindow, bool]:
        """Commits the pages that are landed and not committed; the flag says whether the chain has ended.

        A crash leaves one such page. A ledger that was restored from a copy lacks all that were landed since.
        """
        while (landed := self._landed(window)) is not None:
            window, _ = self._commit(window, landed, chain)
            if is_last(landed.page):
                return window, True
        if window.next_sequence == 0:
            return window, False
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
            raise broken(window, f"{rejected.why}, and {damaged.finding}") from None
        rows = [position for body in bodies for position in row_positions(body)]
        start = _read_up_to(rows, one_source=window.stream.source is not None)
        if start is None or start <= (window.resume_start or window.start):
            why = f"{rejected.why}, and the order of the landed rows does not show where to continue by time"
            raise broken(window, why) from None
        lost = () if _is_unbroken(rows, window, start) else (Doubt.CURSOR_LOST,)
        doubts, note = united((*window.doubts, *lost)), because(lost) or window.note
        with self.ledger.write() as connection:
            leases.resume_from(connection, window.lease, start, doubts, note)
        return replace(window, next_cursor=None, resume_start=start, doubts=doubts, note=note)


def request_of(window: OpenWindow) -> Request:
    """The next request of a window: start and end stay the same while a cursor is followed (behaviour 12)."""
    start = window.resume_start or window.start
    return Request(window.stream, start, window.end, window.limit, window.next_cursor)


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
