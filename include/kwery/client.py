"""The vendor's API: one method an endpoint, one HTTP exchange a call, every failure a KweryError."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Literal, TypeVar
from urllib.parse import quote

from include.domain.clock import CLOCK_TOLERANCE, utc_now
from include.kwery import error_mapping
from include.kwery.answers import account
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import NotTheContract, page_of
from include.kwery.answers.listing import Listing
from include.kwery.answers.vendor_clock import VendorClock
from include.kwery.api_key import ApiKey
from include.kwery.http.body import ACCOUNT_BYTES, page_bytes
from include.kwery.http.deadline import Timeouts
from include.kwery.models import IngestionStatus, Limits, Page, Request, SourceInfo, SymbolInfo
from include.kwery.plans import documented_credits
from include.kwery.query import api_root, problem_with, query_of

T = TypeVar("T")
LONGEST_URL = 60_000
"""Servers take less, so that a longer one has no chance; a key in it needs room, too."""
USER_AGENT = "open-interest-warehouse/0.1"
DEFAULT_TIMEOUTS = Timeouts()


class KweryClient:
    """Sends requests to the vendor, without retries; a context manager that several threads may share.

    `auth` is where the key goes: the X-API-Key header, or the query parameter `api-key` or `api_key`. `connections`
    bounds the requests in flight. `max_row_bytes` for each row of the limit, and some room, bound an answer's body.
    `priced` gives the credits of a number of rows, where an answer does not name its charge.
    Raises ValueError for a base URL or key that cannot be one.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        auth: Literal["header", "api-key", "api_key"] = "header",
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        connections: int = 8,
        max_row_bytes: int = 2000,
        priced: Callable[[int], int] = documented_credits,
        user_agent: str = USER_AGENT,
    ) -> None:
        from include.kwery.http.transport import Transport

        self.clock = VendorClock()
        self._root = api_root(base_url)
        self._auth = auth
        self._max_row_bytes = max_row_bytes
        self._priced = priced
        self._transport = Transport(
            self._root,
            ApiKey(key),
            auth,
            timeouts=timeouts,
            connections=connections,
            user_agent=user_agent,
        )

    def __repr__(self) -> str:
        return f"KweryClient({self._root!r}, auth={self._auth!r})"

    def __enter__(self) -> KweryClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; the client cannot be used afterwards."""
        self._transport.close()

    def page(self, request: Request, before_send: Callable[[], None] | None = None) -> Page:
        """Requests one page (documented at 50 + 3 credits a row): exactly one exchange, charged once.

        `before_send` is called when the connection is open, just before the request is sent; it may delay it.
        """
        if problem := problem_with(request):
            raise error_mapping.invalid(request, problem)
        path = f"{request.stream.dataset}?{query_of(request)}"
        if len(self._root) + len(path) > LONGEST_URL:
            too_long = "its URL would be too long; correct the symbol"
            raise error_mapping.cursor_too_long(request) if request.after else error_mapping.invalid(request, too_long)
        answer = self._get(path, page_bytes(request.limit, self._max_row_bytes), before_send)
        return _read(answer, lambda: page_of(request, answer, self._priced), request, request.label)

    def limits(self, before_send: Callable[[], None] | None = None) -> Limits:
        """The account's plan, credits and rate (free); `before_send` as in `page`."""
        return self._account("limits", account.limits_of, before_send)

    def sources(self) -> Listing[SourceInfo]:
        """The sources that the vendor lists (documented at 25 credits)."""
        return self._account("sources", account.sources_of)

    def symbols(self, before_send: Callable[[], None] | None = None, after: str | None = None) -> Listing[SymbolInfo]:
        """One page of the symbols that the vendor lists (free); `before_send` as in `page`."""
        query = "" if after is None else f"?after={quote(after, safe='')}"
        return self._account("symbols", account.symbols_of, before_send, query)

    def status(self) -> Listing[IngestionStatus]:
        """How current each source is (0 to 110 credits by API version); PlanRefused on plans that do not show it."""
        return self._account("status", account.statuses_of)

    def _account(
        self, endpoint: str, read: Callable[[Answer], T], before_send: Callable[[], None] | None = None, query: str = ""
    ) -> T:
        answer = self._get(f"{endpoint}{query}", ACCOUNT_BYTES, before_send)
        return _read(answer, lambda: read(answer), None, f"GET /v1/{endpoint}")

    def _get(self, path: str, most_bytes: int, before_send: Callable[[], None] | None) -> Answer:
        asked_at = utc_now()
        answer = self._transport.get(path, most_bytes, before_send)
        if abs(answer.received_at - asked_at) <= CLOCK_TOLERANCE:
            self.clock.see(answer.received_at, answer.vendor_time)
        # Otherwise this process was frozen, or its clock was set: Date is older than the moment at which it was read.
        return answer


def _read(answer: Answer, read: Callable[[], T], request: Request | None, subject: str) -> T:
    """What a whole 2xx answer holds; anything else is raised as the error that says what happens next."""
    if answer.failure is not None:
        raise error_mapping.not_whole(answer, request, subject)
    if answer.status is not None and not 200 <= answer.status < 300:
        raise error_mapping.refused(answer, request, subject)
    if answer.problem is not None:
        raise error_mapping.unreadable(answer, answer.problem, request, subject)
    try:
        return read()
    except NotTheContract as reason:
        raise error_mapping.not_the_contract(answer, request, subject, str(reason)) from None
