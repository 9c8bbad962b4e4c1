"""One HTTP answer as it arrived, before anyone judges it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from include.kwery.answers.headers import cache_age, charge, http_date
from include.kwery.http.body import Problem
from include.kwery.models import ChargeSource


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and payload of one exchange; `headers` have lower-case names and no secrets.

    `failure` says why the answer is not whole (None: it is). `status` is None when no status line arrived. `sent` is
    False when no byte of the request can have reached the vendor. `key_removed`: the vendor repeated the key, and it
    was cut out. `problem` says why the body of a whole answer cannot be read, `note` what is odd in how it was sent.
    `unread_bytes` follow the compressed data of the body.
    """

    status: int | None
    headers: dict[str, str]
    body: bytes
    received_at: datetime
    failure: str | None = None
    sent: bool = True
    key_removed: bool = False
    problem: Problem | None = None
    unread_bytes: int = 0
    note: str | None = None

    @property
    def vendor_time(self) -> datetime | None:
        """The vendor's clock: the Date header plus the Age that a cache adds; None when the sum is not a time."""
        date = http_date(self.headers.get("date"))
        try:
            return None if date is None else date + cache_age(self.headers.get("age"))
        except OverflowError:
            return None

    @property
    def now(self) -> datetime:
        """The vendor's clock where known, else the worker's."""
        return self.vendor_time or self.received_at

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def charge(self) -> tuple[int, ChargeSource] | None:
        """The charge by the headers (behaviour 24), the highest where they differ; None without one."""
        named = [
            (charge(self.headers.get(one.value.lower())), one) for one in (ChargeSource.USED, ChargeSource.CHARGED)
        ]
        found = [(credits, source) for credits, source in named if credits is not None]
        return max(found, key=lambda one: one[0], default=None)
