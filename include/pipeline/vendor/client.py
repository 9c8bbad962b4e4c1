"""The vendor as the settings describe it: a client, one retry policy, and the account (free of charge)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from include.domain.clock import HOUR, Clocks, utc_now
from include.domain.next_step import NextStep
from include.kwery.client import KweryClient
from include.kwery.errors import KeyRefused, KweryError, RateLimited
from include.kwery.http.deadline import Timeouts
from include.kwery.models import MAX_LIMIT
from include.kwery.retry import RetryPolicy
from include.ledger.credits.account import Account, account_of
from include.ledger.credits.permits import RetryLater, permit_free
from include.ledger.credits.reconcile import Explained, before_reading, note_account
from include.ledger.database.engine import Ledger
from include.ledger.work import clocks
from include.pipeline.errors import PipelineError
from include.pipeline.vendor.send_slot import wait_for_slot
from include.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VendorNow:
    """The account and the clocks at the start of a step."""

    account: Account | None
    clocks: Clocks
    reconciled: Explained = field(default_factory=Explained)
    note: str | None = None
    """Why the account could not be read, when it could not."""

    @property
    def now(self) -> datetime:
        """What decides which buckets are open or final."""
        return self.clocks.for_rows

    def limit(self, row_cap: int) -> int:
        """The `limit` of requests: the settings' cap, at most the plan's and the API's own."""
        plan_cap = (self.account.max_rows_per_request if self.account else None) or MAX_LIMIT
        return max(1, min(row_cap, plan_cap, MAX_LIMIT))


def client_of(settings: Settings) -> KweryClient:
    """A client for the configured API. Raises PipelineError without a key."""
    api = settings.api
    if api.key is None:
        raise PipelineError(
            "no API key: set KWERY_API_KEY (see .env.example) or, in Airflow, the connection kwery_default; or start "
            "`./oi api` and use the key that it prints",
            NextStep.STOP_RUN,
        )
    return KweryClient(
        api.base_url,
        api.key.get_secret_value(),
        auth=api.auth,
        timeouts=Timeouts(api.connect_timeout_seconds, api.read_timeout_seconds, api.total_timeout_seconds),
        connections=api.concurrency,
        max_row_bytes=api.max_row_bytes,
        priced=settings.prices.credits,
    )


def policy_of(settings: Settings) -> RetryPolicy:
    """The one retry policy."""
    return RetryPolicy(attempts=settings.api.attempts, max_wait_seconds=settings.api.max_wait_seconds)


def sentence_of(error: KweryError, settings: Settings) -> str:
    """The error's sentence; that of a refused key begins with where the key is set."""
    refused = isinstance(error, KeyRefused)
    return f"The key set by {settings.api.key_place} is refused.\n{error}" if refused else str(error)


def read_account(settings: Settings, ledger: Ledger, client: KweryClient) -> VendorNow:
    """Reads `/v1/limits` (free) and explains lost charges by it; returns the account and the clocks.

    A vendor without that endpoint leaves the account unknown; a refused key raises PipelineError.
    """
    before = before_reading(ledger, timedelta(seconds=settings.api.total_timeout_seconds))
    note, reconciled = None, Explained()
    try:
        limits = ask_free(settings, ledger, "limits", client.limits)
    except KweryError as error:
        if error.next_step is NextStep.STOP_RUN and error.status in (401, 403):
            raise PipelineError(sentence_of(error, settings), error.next_step, error.wait_seconds) from None
        note = f"the account could not be read: {error}"
    else:
        reconciled = note_account(ledger, limits, before, utc_now(), settings.prices, settings.budget.cycle_day)
    note_clock(ledger, client)
    seen = client.clock.newest
    clocks_then = replace(seen, agreed=client.clock.agreed) if seen else client.clock.at(utc_now())
    return VendorNow(known_account(ledger), clocks_then, reconciled, note)


def note_clock(ledger: Ledger, client: KweryClient) -> None:
    """Stores in the ledger what the client's answers show of the vendor's clock."""
    seen = client.clock.newest
    with ledger.write() as connection:
        if seen is not None:
            clocks.note(connection, ledger.process_id, seen, client.clock.booted_at)
        client.clock.agreed = clocks.agreed_at(connection)


def know_clock(settings: Settings, ledger: Ledger, client: KweryClient) -> None:
    """Makes the vendor's clock known before anything is bought: it decides which billing cycle pays.

    What this machine saw within the hour is enough, unless its clock was set since; otherwise the account is read, free
    of charge.
    """
    with ledger.read() as connection:
        seen, agreed = clocks.seen_here(connection, ledger.process_id), clocks.agreed_at(connection)
    if seen is not None and seen.is_of_same_clock and seen.is_from(utc_now(), HOUR):
        client.clock.assume(seen.clocks.worker - (seen.clocks.vendor or seen.clocks.worker), agreed)
    else:
        read_account(settings, ledger, client)


def ask_free(settings: Settings, ledger: Ledger, endpoint: str, ask: Callable[[Callable[[], None]], T]) -> T:
    """Makes a free request under the retry policy; `ask` takes a function that waits for the send slot."""
    return policy_of(settings).call(partial(_permitted, settings, ledger, endpoint, ask))


def _permitted(settings: Settings, ledger: Ledger, endpoint: str, ask: Callable[[Callable[[], None]], T]) -> T:
    """Makes a free request, which counts for the plan's rate. Raises RateLimited when a slot is too far away."""
    while isinstance(answer := permit_free(ledger, endpoint), RetryLater):
        if answer.seconds > settings.api.max_wait_seconds:
            raise RateLimited(
                "not sent: the plan's request rate is used up by this ledger's own requests",
                subject=f"GET /v1/{endpoint}",
                wait_seconds=answer.seconds,
                wait_reason="the send slots in the ledger",
            )
        time.sleep(answer.seconds)
    return ask(partial(wait_for_slot, ledger, answer))


def known_account(ledger: Ledger) -> Account | None:
    """The account as the ledger last read it."""
    with ledger.read() as connection:
        return account_of(connection)
