"""Fetching one page: permit, request, land, commit; and the waiting that a shared allowance asks for."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from include.domain.clock import iso, utc_now
from include.domain.next_step import NextStep
from include.kwery.answers.doubts import united
from include.kwery.answers.evidence import Objection, doubts_in, note_of
from include.kwery.answers.headers import rate_limit_pause_seconds
from include.kwery.client import KweryClient
from include.kwery.error_mapping import cursor_too_long
from include.kwery.errors import CursorTooLong, KweryError, TransportFailed, VendorUnavailable
from include.kwery.models import Page, Request
from include.landing.errors import LandingError, LandingFailed
from include.landing.store import LandedPage, LandingStore
from include.ledger.credits import charges, page_charges, permits
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.observed_charges import observe, worst_case_of
from include.ledger.credits.page_charges import Reader
from include.ledger.credits.permits import Granted, PermitRequest, RetryLater
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger, LedgerError
from include.ledger.database.models.spending import LostPage
from include.ledger.work import leases, pages, runs, windows
from include.ledger.work.leases import LeaseLost
from include.ledger.work.repeated_pages import note_repeated
from include.ledger.work.windows import OpenWindow
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.progress import Stop
from include.pipeline.scope.scope import RunSpec
from include.pipeline.vendor.client import policy_of
from include.pipeline.vendor.send_slot import wait_for_slot
from include.planning.credits.worst_case import ObservedCharge
from include.settings import Settings

_NAP_SECONDS = 0.2
_LEAST_LEASE = windows.LEASE / 2
"""With less of it left a lease is prolonged before a request; so no wait between two looks may be longer."""
_RESET_RESOLUTION_SECONDS = 2
"""A reset is told in whole seconds beside a Date in whole seconds: one nearer than this tells nothing exact."""
MOST_REFUSALS = 20
"""So many windows may turn out too dear for what is left of a budget before the run ends."""


class Halted(Exception):
    """Reading of a window was stopped, by the end of the run or by its budget; it is left to be resumed."""


class Fetcher:
    """Fetches pages for the threads of one run; the first stop that any of them meets ends them all."""

    def __init__(
        self,
        settings: Settings,
        run: RunSpec,
        ledger: Ledger,
        client: KweryClient,
        store: LandingStore,
        stages: CpuTimer,
    ) -> None:
        self.stop: Stop | None = None
        self.store = store
        self.ledger = ledger
        self.settings = settings
        self._run = run
        self._client = client
        self._policy = policy_of(settings)
        self._stages = stages
        self._too_dear: list[Stop] = []
        self._pause_until = 0.0
        self._balances: dict[int, int] = {}
        """What each answer, by its charge, left to the account; until its page is committed."""
        self._ceiling: int | None = None
        """What the ledger may have settled and reserved in all, by the lowest balance told; None: none was told."""
        self._too_long_from = sys.maxsize
        """Cursors of this length were refused or dropped."""
        self._lock = threading.Lock()
        with ledger.read() as connection:
            account = account_of(connection)
        self._paced_by_the_second = account is not None and account.requests_per_second is not None

    @staticmethod
    def now() -> datetime:
        """The worker's clock."""
        return utc_now()

    def halt(self, stop: Stop) -> None:
        """Ends reading for every thread; the first reason is kept."""
        with self._lock:
            self.stop = self.stop or stop

    @property
    def reason(self) -> Stop | None:
        """Why something is left unread: what ended the run, else the budget that some windows did not fit."""
        return self.stop or next(iter(self._too_dear), None)

    def fetch(self, window: OpenWindow, request: Request) -> tuple[Page, int]:
        """One page and the id of its charge, with bounded retries, each under a permit of its own (rule 2).

        Raises CursorTooLong, without asking, for a cursor as long as one that failed before.
        """
        attempt = 1
        while True:
            if request.after is not None and len(request.after) >= self._too_long_from:
                raise cursor_too_long(request)
            request, go = self._permit(window, request)
            try:
                with self._stages.measure("fetch"):
                    page = self._client.open_interest(request, partial(self._depart, go, window, request))
            except KweryError as error:
                self._close_charge(go.charge_id, error)
                wait = self._policy.decide(error, attempt)
                if wait is None:
                    raise self._about_cursor(request, error) from None
                if error.next_step is NextStep.WAIT:
                    self._pause(wait)
                self._sleep(wait)
                attempt += 1
            except (Halted, LeaseLost):
                with self.ledger.write() as connection:
                    charges.cancel(connection, go.charge_id, now=self.now())
                raise
            except BaseException:
                self._close_charge(go.charge_id, None)
                raise
            else:
                self._apply_rate_headers(page)
                if page.credits_remaining is not None:
                    self._balances[go.charge_id] = page.credits_remaining
                return page, go.charge_id

    def _about_cursor(self, request: Request, error: KweryError) -> KweryError:
        """The error itself, unless a long cursor may be its cause (behaviour 58); then none as long is sent again."""
        is_lost = isinstance(error, TransportFailed | VendorUnavailable) and request.has_long_cursor
        if is_lost:
            error = cursor_too_long(request, error)
        if isinstance(error, CursorTooLong):
            self._too_long_from = min(self._too_long_from, len(request.after or ""))
        return error

    def land(self, window: OpenWindow, page: Page, charge_id: int) -> LandedPage:
        """Writes the page to the landing zone: from here on it is never requested again (rule 1).

        It lands with the moment at which its values count as learned, so that a replay dates them the same.
        """
        try:
            page = self._dated(window, page)
            with self._stages.measure("land"):
                return self.store.land(window.window_id, window.next_sequence, charge_id, page, self._run.lane)
        except LandingFailed as error:
            # First, so that no other request leaves meanwhile.
            self.halt(Stop(error.next_step, str(error), is_failure=True))
            self._settle_unlanded(page, charge_id)
            raise

    def _dated(self, window: OpenWindow, page: Page) -> Page:
        """A ledger that cannot be read keeps no paid page from landing: it is dated by the clocks alone then."""
        learned_at = page.clocks.for_records
        with suppress(LedgerError), self.ledger.read() as connection:
            learned_at = pages.next_known_at(connection, window, learned_at)
        return replace(page, dated=learned_at)

    def _settle_unlanded(self, page: Page, charge_id: int) -> None:
        """The page is lost, its charge is known; it stays reserved where the ledger cannot be written either."""
        with suppress(LedgerError), self.ledger.write() as connection:
            self._settle_alone(connection, page, charge_id)
            page_charges.note_lost_page(connection, charge_id, LostPage.NOT_LANDED)

    def _settle_alone(self, connection: Connection, page: Page, charge_id: int) -> None:
        """Books the charge of a page that is not recorded."""
        charges.settle(connection, charge_id, page.charge_credits, source=page.charge_source.value, now=self.now())
        self._watch(connection, charge_id, page.request.limit, page.row_count, page.charge_credits)

    def commit(self, window: OpenWindow, landed: LandedPage, found: list[Objection]) -> OpenWindow:
        """Page, cursor, charge and what the page leaves in doubt in one transaction; returns the window moved on.

        Raises LeaseLost where another process has the window now: the page is paid, and stays landed. That process
        takes it over if it finds it before it asks itself.
        """
        page, now = landed.page, self.now()
        doubts, note = united((*window.doubts, *doubts_in(found))), note_of(found) or window.note
        with self._stages.measure("ledger"), self._settled_when_lost(window, landed), self.ledger.write() as connection:
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
                reader=Reader(self._run.run_id, window.lane, self.ledger.process_id),
            )
            self._lower_ceiling(landed.charge_id, totals(connection)[0])
            self._watch(connection, charge_id, page.request.limit, page.row_count, page.charge_credits)
        return replace(
            window,
            next_sequence=window.next_sequence + 1,
            next_cursor=page.next_cursor,
            limit=page.request.limit,
            rows=window.rows + page.row_count,
            doubts=doubts,
            note=note,
            lease_until=now + windows.LEASE,
        )

    @contextmanager
    def _settled_when_lost(self, window: OpenWindow, landed: LandedPage) -> Iterator[None]:
        """Books the charge of a page that its window does not take: it is known, whoever reads the window now."""
        place = (window.window_id, window.next_sequence)
        try:
            yield
        except LeaseLost:
            with self.ledger.write() as connection:
                if page_charges.is_for(connection, landed.charge_id, *place):
                    self._settle_alone(connection, landed.page, landed.charge_id)
                    if pages.charge_of(connection, *place) not in (None, landed.charge_id):
                        note_repeated(connection, landed.charge_id, *place, landed.path, landed.sha256)
            raise

    def _lower_ceiling(self, charge_id: int, settled_credits: int) -> None:
        """Notes what an answer left. Answers overtake each other: the lowest sum never promises what is spent."""
        balance = self._balances.pop(charge_id, None)
        if balance is not None:
            told = settled_credits + balance
            self._ceiling = told if self._ceiling is None else min(self._ceiling, told)

    def _permit(self, window: OpenWindow, request: Request) -> tuple[Request, Granted]:
        while True:
            self._end_in_time()
            self._wait_out_pause()
            window = self._held(window)
            ask = PermitRequest(
                self._run.run_id,
                self._run.lane,
                window.window_id,
                window.next_sequence,
                self.settings.prices.credits(request.limit),
                self._ceiling,
                request.limit,
                window.lease,
                self.settings.prices,
            )
            with self._stages.measure("ledger"):
                answer = permits.permit(self.ledger, ask, self.settings.budget, self.now, self._client.clock.at)
            if isinstance(answer, Granted):
                return request, answer
            if isinstance(answer, RetryLater):
                self._sleep(min(answer.seconds, _LEAST_LEASE.total_seconds()))
                continue
            request = self._smaller(window, request, answer)

    def _held(self, window: OpenWindow) -> OpenWindow:
        """The window with a lease that outlasts a request; raises LeaseLost when it is in other hands (rule 1)."""
        now = self.now()
        if window.lease_until is not None and window.lease_until - now > _LEAST_LEASE:
            return window
        with self.ledger.write() as connection:
            return replace(window, lease_until=leases.renew_lease(connection, window.lease, now))

    def _end_in_time(self) -> None:
        """Between two pages: ends reading when the run's time is over."""
        until = self._run.read_until
        if until is not None and self.now() >= until:
            sentence = f"out of time: reading was to end at {iso(until.replace(microsecond=0))}"
            self.halt(Stop(NextStep.STOP_RUN, sentence))
            raise Halted

    def _smaller(self, window: OpenWindow, request: Request, refused: BudgetExceeded) -> Request:
        """The same question with the `limit` that the rest of the budget can pay, if that still reads the window."""
        with self.ledger.read() as connection:
            worst_case = worst_case_of(connection, self.settings.prices, self.now())
        affordable = worst_case.affordable_limit(refused.available_credits)
        needed = max(1, window.expected_rows - window.rows)
        if not needed <= affordable < request.limit:
            self._pass_over(
                Stop(NextStep.STOP_RUN, f"{refused.reason}; to read on, raise {refused.setting}"), affordable
            )
            raise Halted
        with self.ledger.write() as connection:
            leases.set_limit(connection, window.lease, affordable)
        return replace(request, limit=affordable)

    def _pass_over(self, stop: Stop, affordable_rows: int) -> None:
        """Leaves a window that the budget no longer holds; smaller ones may still fit."""
        with self._lock:
            self._too_dear.append(stop)
        if affordable_rows < 1 or len(self._too_dear) >= MOST_REFUSALS:
            self.halt(stop)

    def _close_charge(self, charge_id: int, error: KweryError | None) -> None:
        """An answer that was seen settles its charge; one that was not goes on counting as spent (rule 2)."""
        with self.ledger.write() as connection:
            if error is not None and error.charge_credits is not None:
                charges.settle(
                    connection,
                    charge_id,
                    error.charge_credits,
                    source="answer",
                    now=self.now(),
                    outcome=_outcome(error),
                    error_code=error.code,
                )
                if error.request is not None:
                    self._watch(connection, charge_id, error.request.limit, None, error.charge_credits)
            elif error is not None and error.answer_seen and error.status is not None and error.status < 500:
                charges.release(connection, charge_id, outcome=_outcome(error), now=self.now(), error_code=error.code)
            else:
                charges.mark_unknown(connection, charge_id, _outcome(error) if error else "interrupted")

    def _watch(self, connection: Connection, charge_id: int, limit: int, rows: int | None, credits: int) -> None:
        """Ends the run where an answer cost more, or held more rows, than its reservation allowed for."""
        observed = ObservedCharge(limit, rows, credits)
        exceeded = observe(connection, charge_id, observed, self.settings.prices, self.now())
        if exceeded is not None:
            sentence = exceeded.excess(observed)
            runs.note_stop(connection, self._run.run_id, sentence, self.now())
            self.halt(Stop(NextStep.STOP_RUN, sentence, is_failure=True))

    def _depart(self, go: Granted, window: OpenWindow, request: Request) -> None:
        """Holds a request back until its moment; raises Halted, with nothing sent, when the run has ended by then.

        It ends there where the answer could not be landed any more.
        """
        wait_for_slot(self.ledger, go)
        try:
            self.store.see_room(window.window_id, window.next_sequence, request)
        except LandingError as error:
            self.halt(Stop(error.next_step, str(error), error.wait_seconds, is_failure=True))
        if self.stop is not None:
            raise Halted

    def _apply_rate_headers(self, page: Page) -> None:
        """Holds back where the answer says that the rate is used up, unless that is what full speed looks like."""
        seconds = rate_limit_pause_seconds(page.headers, page.vendor_time or self.now())
        if seconds > _RESET_RESOLUTION_SECONDS or not self._paced_by_the_second:
            self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        """Holds back every thread: the vendor said that the account's rate is used up."""
        if seconds > 0:
            with self._lock:
                bounded = min(seconds, self.settings.api.max_wait_seconds)
                self._pause_until = max(self._pause_until, time.monotonic() + bounded)

    def _wait_out_pause(self) -> None:
        self._sleep(self._pause_until - time.monotonic())

    def _sleep(self, seconds: float) -> None:
        """Sleeps in naps, so that a stop is noticed; raises Halted then."""
        until = time.monotonic() + seconds
        while True:
            if self.stop is not None:
                raise Halted
            self._end_in_time()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _NAP_SECONDS))


def _outcome(error: KweryError) -> str:
    return f"{error.status or 'no answer'} {error.code or type(error).__name__}"
