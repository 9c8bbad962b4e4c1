"""The service itself, without HTTP: a request's key and query in, an answer out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from include.kwery.plans import documented_credits
from include.simulator import account_pages
from include.simulator.account_file import AccountFile
from include.simulator.accounts import Account, Accounts
from include.simulator.archive import Archive
from include.simulator.clock import SimulatorClock
from include.simulator.config import SimulatorConfig
from include.simulator.errors import ApiError
from include.simulator.faults import FaultSet
from include.simulator.faults.base import Fault, FaultTuning
from include.simulator.journal import Asked, Journal
from include.simulator.noise import key_of
from include.simulator.pages import read_page
from include.simulator.plans import ACCOUNT_PAGE_CREDITS
from include.simulator.queries import Query, check_depth, epoch_seconds, history_edge, parse_query
from include.simulator.rates import RateState
from include.simulator.replay import read_folder
from include.simulator.responses import (
    VendorResponse,
    add_account,
    add_charge,
    add_transport,
    error_response,
    open_interest_response,
)


class Simulator:
    """One vendor: archive, accounts, clock, faults and a journal. Not thread-safe; one event loop serves it."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = SimulatorClock(config.now)
        self.archive = Archive(config.seed, read_folder(config.data) if config.data else {}, config.markets)
        file = AccountFile(config.accounts) if config.accounts else None
        self.accounts = Accounts(config.plan, config.allowance_credits, file)
        tuning = FaultTuning(config.hold_seconds, config.slow_seconds, config.cursor_uses)
        self.faults = FaultSet(config.seed, config.faults, tuning)
        self.journal = Journal()
        self._answered = 0

    def open_interest(self, key: str | None, parameters: Mapping[str, str]) -> VendorResponse:
        """Answers `GET /v1/open-interest`."""
        return self._for_account(key, lambda account, rate, now: self._open_interest(account, rate, parameters, now))

    def account_page(self, name: str, key: str | None, parameters: Mapping[str, str]) -> VendorResponse:
        """Answers `GET /v1/limits`, `sources`, `symbols` or `status`."""
        return self._for_account(
            key, lambda account, rate, now: self._account_page(name, account, rate, parameters, now)
        )

    def health(self) -> VendorResponse:
        """Answers the liveness check, which needs no key."""
        return self.sealed(VendorResponse(200, {"status": "ok"}))

    def sealed(self, answer: VendorResponse) -> VendorResponse:
        """The answer with the headers that every answer carries."""
        self._answered += 1
        request_id = f"req_{key_of(self.config.seed, 'request', self._answered):016x}"
        add_transport(answer, request_id, self.clock.now())
        return answer

    def _for_account(
        self, key: str | None, answer: Callable[[Account, RateState, datetime], VendorResponse]
    ) -> VendorResponse:
        now = self.clock.now()
        account = None
        try:
            account = self.accounts.of(key)
            rate = account.windows.admit(self.config.enforce_rates)
        except ApiError as error:
            refused = error_response(error)
            if account is not None:
                account.refused += 1
                add_account(refused, account, None, now)
            return self.sealed(refused)
        account.usage.requests += 1
        answered = answer(account, rate, now)
        self.accounts.keep()  # before the answer leaves, as a vendor that charges for it does
        return answered

    def _account_page(
        self, name: str, account: Account, rate: RateState, parameters: Mapping[str, str], now: datetime
    ) -> VendorResponse:
        cost = ACCOUNT_PAGE_CREDITS[name]
        try:
            account_pages.check(name, parameters)
            account.pay(cost, now)
            per_page = self.config.symbols_per_page
            answer = VendorResponse(
                200, account_pages.body(name, account, self.archive.catalogue, parameters, now, per_page)
            )
        except ApiError as error:
            answer, cost = error_response(error), 0
        answer.headers["X-Credits-Charged"] = str(cost)
        add_account(answer, account, rate, now)
        return self.sealed(answer)

    def _open_interest(
        self, account: Account, rate: RateState, parameters: Mapping[str, str], now: datetime
    ) -> VendorResponse:
        number = self.journal.next_number()
        struck = self.faults.strike(number, parameters.get("after"))
        query, cost = None, 0
        try:
            _refuse(struck, parameters.get("after"))
            query = parse_query(parameters, self.archive.catalogue, account.plan, now)
            answer = self._page(query, account, struck, now)
            cost = documented_credits(len(answer.rows))
            account.pay(cost, now)
            account.usage.rows += len(answer.rows)
        except ApiError as error:
            answer, cost = error_response(error), 0
        add_charge(answer, cost, account, now)
        add_account(answer, account, rate, now)
        self.journal.note(Asked(number, account.id, now, query, answer.status, len(answer.rows), cost, tuple(struck)))
        self.sealed(answer)
        for fault in struck.values():
            fault.reshape(answer)
        return answer

    def _page(self, query: Query, account: Account, struck: dict[str, Fault], now: datetime) -> VendorResponse:
        for fault in struck.values():
            query = fault.narrow(query, history_edge(account.plan, now), now)
        check_depth(query, account.plan, now)
        size = min(query.limit, account.plan.max_rows)
        page = read_page(
            self.archive,
            query.symbol,
            query.sources,
            query.interval,
            epoch_seconds(query.start),
            epoch_seconds(query.end),
            query.cursor.position if query.cursor else None,
            size,
            now.timestamp(),
        )
        rows = page.rows
        for fault in struck.values():
            rows = fault.distort(rows, query)
        return open_interest_response(query, page, rows, capped=size < query.limit and page.next is not None)


def _refuse(struck: dict[str, Fault], after: str | None) -> None:
    for fault in struck.values():
        fault.refuse(after)
