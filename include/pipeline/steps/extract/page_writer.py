"""A paid page is landed, then committed to the ledger with its cursor and charge."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection

from include.kwery.answers.doubts import united
from include.kwery.answers.evidence import Objection, doubts_in, note_of
from include.kwery.models import Page
from include.landing.errors import LandingFailed
from include.landing.store import LandedPage, LandingStore
from include.ledger.credits import charges, page_charges
from include.ledger.credits.page_charges import Reader
from include.ledger.credits.permits import Granted
from include.ledger.database.engine import Ledger, LedgerError
from include.ledger.database.models.spending import LostPage
from include.ledger.work import pages, windows
from include.ledger.work.leases import LeaseLost
from include.ledger.work.repeated_pages import note_repeated
from include.ledger.work.windows import OpenWindow
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.progress import Stop
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.cost_watch import CostWatch
from include.pipeline.steps.extract.pacer import Pacer
from include.planning.credits.worst_case import ObservedCharge

NextPermit = Callable[[Connection, OpenWindow], Granted | None]
"""Grants the next request of a window in a write transaction that has begun."""


class PageWriter:
    """Keeps the pages that the threads of one run have paid for."""

    def __init__(
        self, run: RunSpec, ledger: Ledger, store: LandingStore, pacer: Pacer, costs: CostWatch, timer: CpuTimer
    ) -> None:
        self._run = run
        self._ledger = ledger
        self._store = store
        self._pacer = pacer
        self._costs = costs
        self._timer = timer

    def land(self, window: OpenWindow, page: Page, charge_id: int) -> LandedPage:
        """Writes a page to the landing zone; from here on it is never requested again (rule 1).

        It lands with the time at which its values count as learned, so that a replay dates them the same.
        Raises LandingFailed, after it has stopped the run and settled the charge.
        """
        try:
            page = self._dated(window, page)
            with self._timer.measure("land"):
                return self._store.land(window.window_id, window.next_sequence, charge_id, page, self._run.lane)
        except LandingFailed as error:
            # First, so that no other request leaves meanwhile.
            self._pacer.halt(Stop(error.next_step, str(error), is_failure=True))
            self._settle_unlanded(page, charge_id)
            raise

    def commit(
        self, window: OpenWindow, landed: LandedPage, objections: list[Objection], permit: NextPermit | None = None
    ) -> tuple[OpenWindow, Granted | None]:
        """Records page, cursor, charge and doubts in one transaction; returns the window after the page.

        The same transaction grants the next request of the window where `permit` is given and there is one to grant.
        Raises LeaseLost when another process holds the window: the page is paid and stays landed. That process adopts
        it if it looks before it sends the same request.
        """
        page, clocks, granted = landed.page, self._pacer.clocks(), None
        now = clocks.worker
        doubts, note = united((*window.doubts, *doubts_in(objections))), note_of(objections) or window.note
        after = replace(
            window,
            next_sequence=window.next_sequence + 1,
            next_cursor=page.next_cursor,
            limit=page.request.limit,
            rows=window.rows + page.row_count,
            doubts=doubts,
            note=note,
            lease_until=clocks.for_leases + windows.LEASE,
        )
        with self._timer.measure("ledger"):
            try:
                with self._ledger.write() as connection:
                    charge_id = pages.commit(
                        connection,
                        window,
                        landed.charge_id,
                        landed.path,
                        landed.sha256,
                        page,
                        doubts=doubts,
                        note=note,
                        now=now,
                        lease_until=after.lease_until,
                        reader=Reader(self._run.run_id, window.lane, self._ledger.process_id),
                    )
                    self._costs.lower_ceiling(connection, landed.charge_id)
                    self._costs.check(connection, charge_id, _observed(page), now)
                    if permit is not None:
                        granted = permit(connection, after)
            except LeaseLost:
                self._settle_when_lost(window, landed)
                raise
        return after, granted

    def _dated(self, window: OpenWindow, page: Page) -> Page:
        """The page with the time of its values. Without the ledger, the clocks alone date it: it must land anyway."""
        learned_at = page.clocks.for_records
        with suppress(LedgerError), self._ledger.read() as connection:
            learned_at = pages.next_known_at(connection, window, learned_at)
        return replace(page, dated=learned_at)

    def _settle_unlanded(self, page: Page, charge_id: int) -> None:
        """Settles the charge of a page that is lost; it stays reserved when the ledger cannot be written either."""
        with suppress(LedgerError), self._ledger.write() as connection:
            self._settle_alone(connection, page, charge_id)
            page_charges.note_lost_page(connection, charge_id, LostPage.NOT_LANDED)

    def _settle_when_lost(self, window: OpenWindow, landed: LandedPage) -> None:
        """Settles the charge of a page whose window is lost: it is known, whoever reads the window now."""
        place = (window.window_id, window.next_sequence)
        with self._ledger.write() as connection:
            if page_charges.is_for(connection, landed.charge_id, *place):
                self._settle_alone(connection, landed.page, landed.charge_id)
                if pages.charge_of(connection, *place) not in (None, landed.charge_id):
                    note_repeated(connection, landed.charge_id, *place, landed.path, landed.sha256)

    def _settle_alone(self, connection: Connection, page: Page, charge_id: int) -> None:
        """Settles the charge of a page that is not recorded."""
        now = self._pacer.now()
        source, answered = page.charge_source.value, page.clocks
        charges.settle(connection, charge_id, page.charge_credits, source=source, now=now, answered=answered)
        self._costs.check(connection, charge_id, _observed(page), now)


def _observed(page: Page) -> ObservedCharge:
    return ObservedCharge(page.request.limit, page.row_count, page.charge_credits)
