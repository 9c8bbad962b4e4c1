"""One page from the vendor: a permit and a reservation before each attempt, its settlement after."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from include.domain.next_step import NextStep
from include.kwery.answers.headers import rate_limit_pause_seconds
from include.kwery.client import KweryClient
from include.kwery.error_mapping import cursor_too_long
from include.kwery.errors import CursorTooLong, KweryError, TransportFailed, VendorUnavailable
from include.kwery.models import Page, Request
from include.landing.errors import LandingError
from include.landing.store import LandingStore
from include.ledger.credits import charges, permits
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.observed_charges import worst_case_of
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted, PermitExpired, RetryLater
from include.ledger.credits.rate_limit import BOOKED_AHEAD
from include.ledger.database.engine import Ledger
from include.ledger.work import leases, windows
from include.ledger.work.leases import LeaseLost
from include.ledger.work.windows import OpenWindow
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.progress import Stop
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.cost_watch import CostWatch
from include.pipeline.steps.extract.pacer import Halted, Pacer
from include.pipeline.vendor.client import policy_of
from include.pipeline.vendor.send_slot import wait_for_slot
from include.planning.credits.worst_case import ObservedCharge
from include.settings import Settings

_MIN_LEASE = windows.LEASE / 2
"""A lease with less time than this is renewed before a request, so no wait between two renewals may be longer."""
_RESET_RESOLUTION_SECONDS = 2
"""Reset and Date have a resolution of 1 s: a shorter wait is noise."""


class PaidRequests:
    """Requests pages for the threads of one run."""

    def __init__(
        self,
        settings: Settings,
        run: RunSpec,
        ledger: Ledger,
        client: KweryClient,
        store: LandingStore,
        pacer: Pacer,
        costs: CostWatch,
        timer: CpuTimer,
    ) -> None:
        self._settings = settings
        self._run = run
        self._ledger = ledger
        self._client = client
        self._store = store
        self._pacer = pacer
        self._costs = costs
        self._timer = timer
        self._policy = policy_of(settings)
        self._served_for = BOOKED_AHEAD + timedelta(seconds=settings.api.total_timeout_seconds)
        self._failed_cursor_length = sys.maxsize
        """The shortest cursor that the vendor refused or dropped for its length."""
        with ledger.read() as connection:
            account = account_of(connection)
        self._paced_by_the_second = account is not None and account.requests_per_second is not None

    def fetch(self, window: OpenWindow, request: Request, granted: Granted | None = None) -> tuple[Page, int]:
        """One page and the id of its charge, with bounded retries, each under a permit of its own (rule 2).

        `granted` is the permit of the first attempt, where there is one. Raises CursorTooLong, without a request, for
        a cursor as long as one that failed before.
        """
        attempt = 1
        while True:
            if granted is None:
                if self._is_too_long(request):
                    raise cursor_too_long(request)
                request, granted = self._permit(window, request)
            permit, granted = granted, None
            try:
                return self._send(window, request, permit), permit.charge_id
            except PermitExpired:
                continue
            except KweryError as error:
                wait_seconds = self._policy.decide(error, attempt)
                if wait_seconds is None:
                    raise self._about_cursor(request, error) from None
                if error.next_step is NextStep.WAIT:
                    self._pacer.pause(wait_seconds)
            self._pacer.sleep(wait_seconds)
            attempt += 1

    def permit_next(self, connection: Connection, window: OpenWindow, request: Request) -> Granted | None:
        """A permit for a window's next request, in the transaction that commits the page before it.

        None where `fetch` must wait for one, or must find out why none is granted.
        """
        if not self._pacer.lets_send or self._is_too_long(request):
            return None
        now, owner = self._pacer.now(), self._ledger.process_id
        wanted, seen = self._wanted(window, request), self._client.clock.at
        decision = permits.permit_within(connection, owner, wanted, self._settings.budget, now, seen)
        return decision if isinstance(decision, Granted) else None

    def cancel(self, permit: Granted) -> None:
        """Gives back a permit whose request is not sent."""
        with self._ledger.write() as connection:
            charges.cancel(connection, permit.charge_id, now=self._pacer.now())

    def _is_too_long(self, request: Request) -> bool:
        return request.after is not None and len(request.after) >= self._failed_cursor_length

    def _send(self, window: OpenWindow, request: Request, permit: Granted) -> Page:
        """One attempt. Whatever comes of it, its charge is closed or waits for its page to be committed."""
        try:
            with self._timer.measure("fetch"):
                page = self._client.page(request, partial(self._before_send, window, request, permit))
        except KweryError as error:
            self._close_charge(permit.charge_id, error)
            raise
        except (Halted, LeaseLost, PermitExpired):  # nothing was sent
            self.cancel(permit)
            raise
        except BaseException:
            with self._ledger.write() as connection:
                charges.mark_unknown(connection, permit.charge_id, "interrupted", self._pacer.clocks())
            raise
        self._apply_rate_headers(page)
        self._costs.note_balance(permit.charge_id, page.credits_remaining)
        return page

    def _about_cursor(self, request: Request, error: KweryError) -> KweryError:
        """The error itself, or CursorTooLong where the length of the cursor may be its cause (behaviour 58)."""
        if isinstance(error, TransportFailed | VendorUnavailable) and request.has_long_cursor:
            error = cursor_too_long(request, error)
        if isinstance(error, CursorTooLong):
            self._failed_cursor_length = min(self._failed_cursor_length, len(request.after or ""))
        return error

    def _permit(self, window: OpenWindow, request: Request) -> tuple[Request, Granted]:
        """A permit, and the request that it is for: the budget may allow only a smaller `limit`.

        Raises Halted when the budget does not allow it, or when the run ends during a wait.
        """
        while True:
            self._pacer.wait_out_pause()
            window = self._with_lease(window)
            wanted = self._wanted(window, request)
            with self._timer.measure("ledger"):
                decision = permits.permit(
                    self._ledger, wanted, self._settings.budget, self._pacer.now, self._client.clock.at
                )
            if isinstance(decision, Granted):
                return request, decision
            if isinstance(decision, RetryLater):
                self._pacer.sleep(min(decision.seconds, _MIN_LEASE.total_seconds()))
            else:
                request = self._smaller(window, request, decision)

    def _wanted(self, window: OpenWindow, request: Request) -> PermitRequest:
        return PermitRequest(
            self._run.run_id,
            self._run.lane,
            window.window_id,
            window.next_sequence,
            self._settings.prices.credits(request.limit),
            self._costs.ceiling_credits,
            request.limit,
            window.lease,
            self._settings.prices,
            self._served_for,
        )

    def _with_lease(self, window: OpenWindow) -> OpenWindow:
        """The window with a lease that outlasts a request. Raises LeaseLost when another process holds it (rule 1)."""
        now = self._pacer.clocks().for_leases
        if window.lease_until is not None and window.lease_until - now > _MIN_LEASE:
            return window
        with self._ledger.write() as connection:
            return replace(window, lease_until=leases.renew_lease(connection, window.lease, now))

    def _smaller(self, window: OpenWindow, request: Request, refused: BudgetExceeded) -> Request:
        """The same request with a `limit` that the budget allows, if one such page still completes the window.

        Raises Halted where it does not: the window is skipped.
        """
        with self._ledger.read() as connection:
            worst_case = worst_case_of(connection, self._settings.prices, self._pacer.now())
        affordable = worst_case.affordable_limit(refused.available_credits)
        needed = max(1, window.expected_rows - window.rows)
        if not needed <= affordable < request.limit:
            stop = Stop(NextStep.STOP_RUN, f"{refused.reason}; to read on, raise {refused.setting}")
            self._pacer.skip_window(stop)
            if affordable < 1:
                self._pacer.halt(stop)
            raise Halted
        with self._ledger.write() as connection:
            leases.set_limit(connection, window.lease, affordable)
        return replace(request, limit=affordable)

    def _before_send(self, window: OpenWindow, request: Request, permit: Granted) -> None:
        """Holds a request back until its send slot.

        Raises, with nothing sent, Halted when the run has ended by then or the answer could not be landed, LeaseLost
        when another process has taken the window, PermitExpired when the billing cycle has ended.
        """
        wait_for_slot(self._ledger, permit)
        try:
            self._store.see_room(window.window_id, window.next_sequence, request)
        except LandingError as error:
            self._pacer.halt(Stop(error.next_step, str(error), error.wait_seconds, is_failure=True))
        self._pacer.check_stop()
        if permit.valid_until is not None and self._pacer.clocks().for_billing >= permit.valid_until:
            raise PermitExpired

    def _close_charge(self, charge_id: int, error: KweryError) -> None:
        """Settles the charge of an answer that was seen; one that was not seen counts as spent (rule 2)."""
        outcome, now = f"{error.status or 'no answer'} {error.code or type(error).__name__}", self._pacer.now()
        with self._ledger.write() as connection:
            if error.charge_credits is not None:
                charges.settle(
                    connection,
                    charge_id,
                    error.charge_credits,
                    source="answer",
                    now=now,
                    outcome=outcome,
                    error_code=error.code,
                    answered=self._pacer.clocks(),
                )
                if error.request is not None:
                    answer = ObservedCharge(error.request.limit, None, error.charge_credits)
                    self._costs.check(connection, charge_id, answer, now)
            elif error.answer_seen and error.status is not None and error.status < 500:
                charges.release(connection, charge_id, outcome=outcome, now=now, error_code=error.code)
            else:
                charges.mark_unknown(connection, charge_id, outcome, self._pacer.clocks())

    def _apply_rate_headers(self, page: Page) -> None:
        """Pauses all threads when the answer says that the rate is used up.

        At full speed a plan with a rate a second says so in every answer: waits below the resolution are ignored then.
        """
        seconds = rate_limit_pause_seconds(page.headers, page.vendor_time or self._pacer.now())
        if seconds > _RESET_RESOLUTION_SECONDS or not self._paced_by_the_second:
            self._pacer.pause(seconds)
