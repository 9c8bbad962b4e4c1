"""The shared vocabulary of requests and answers. Every other room may import it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from include.domain.clock import Clocks, credible, iso
from include.domain.dataset import Dataset
from include.domain.market import Stream
from include.kwery.answers.headers import cache_age

LONGEST_USUAL_CURSOR = 2000
"""Common servers and proxies accept a request line of 4 to 8 kB, with its percent-encoding."""
MAX_LIMIT = 1000
"""The documented bound on `limit` (1 to 1000)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One paid request: a page of a stream over `[start, end)`."""

    stream: Stream
    start: datetime
    end: datetime
    limit: int
    after: str | None = None

    @property
    def has_long_cursor(self) -> bool:
        """True when the cursor may be the reason why a request is refused or dropped."""
        return self.after is not None and len(self.after) > LONGEST_USUAL_CURSOR

    @property
    def fingerprint(self) -> str:
        """16 hex digits that identify the request (never the key): equal requests have equal fingerprints."""
        s = self.stream
        parts = (
            s.symbol,
            s.interval.value,
            s.source or "",
            iso(self.start),
            iso(self.end),
            str(self.limit),
            self.after or "",
            *(() if s.dataset is Dataset.OPEN_INTEREST else (s.dataset.value,)),
        )
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        return f"{self.stream.label} [{iso(self.start)}, {iso(self.end)})"


_SECRET_HEADER = re.compile(r"cookie|authorization|api[-_]?key|token|secret|credential", re.IGNORECASE)


def public_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with lower-case names, without those that may hold a secret (rule 7)."""
    return {name.lower(): value for name, value in headers.items() if not _SECRET_HEADER.search(name)}


class ChargeSource(StrEnum):
    """Where a charge's figure came from."""

    USED = "X-Credits-Used"
    CHARGED = "X-Credits-Charged"
    PRICE_TABLE = "price table"


@dataclass(frozen=True, slots=True)
class Page:
    """One paid answer, as received.

    `body` is the payload after transfer decoding, byte for byte. `headers` have lower-case names and no secrets.
    `received_at` is the worker's clock, `vendor_time` the answer's Date header. `warnings` are contract
    oddities that do not harm (a count mismatch, a cursor beside has_more false).
    """

    request: Request
    body: bytes
    headers: dict[str, str]
    status: int
    received_at: datetime
    vendor_time: datetime | None
    row_count: int
    next_cursor: str | None
    charge_credits: int
    charge_source: ChargeSource
    credits_remaining: int | None = None
    rows_capped: bool = False
    """The vendor says that it held rows back: X-Rows-Capped, or has_more without a cursor."""
    clamped_to: datetime | None = None
    """Where the vendor says that it cut the start of the range (`meta.effective_start`), else None."""
    clamped: bool = False
    request_id: str | None = None
    unread_bytes: int = 0
    """What followed the compressed data of the body, and was left out."""
    warnings: tuple[str, ...] = ()
    dated: datetime | None = None
    """When its values count as learned, where the ledger has decided it; see `known_at`."""
    fields: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """What the body says beside its rows, decoded when it arrived; None for JSON that is not strict."""

    @property
    def clocks(self) -> Clocks:
        """The worker's clock and the vendor's when the answer arrived."""
        return Clocks(self.received_at, credible(self.vendor_time))

    @property
    def observed_at(self) -> datetime:
        """When the vendor made the answer, which is earlier than its arrival when a cache kept it (the Age header).

        It says nothing about a bucket that began or ended after that.
        """
        return self.clocks.for_rows - cache_age(self.headers.get("age"))

    @property
    def known_at(self) -> datetime:
        """When its values were learned: the `known_at` of its rows."""
        return self.dated or self.received_at


@dataclass(frozen=True, slots=True)
class Limits:
    """The account as `/v1/limits` gives it (0 credits); None where the answer did not say."""

    plan: str | None = None
    credits_used: int | None = None
    credits_limit: int | None = None
    credits_remaining: int | None = None
    requests_per_second: float | None = None
    requests_per_minute: float | None = None
    requests_per_hour: float | None = None
    max_rows_per_request: int | None = None
    max_history_days: int | None = None
    vendor_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """One source as `/v1/sources` lists it, names normalized (`binance` is `binance_spot`)."""

    source: str
    label: str | None = None
    symbols: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    tier_requirements: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """One symbol as `/v1/symbols` lists it; `earliest_data` is a hint only."""

    symbol: str
    name: str | None = None
    sources: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ()
    earliest_data: datetime | None = None


@dataclass(frozen=True, slots=True)
class IngestionStatus:
    """One line of `/v1/status`."""

    source: str
    status: str
    symbol: str | None = None
    last_run: datetime | None = None
    rows_inserted: int | None = None
    delay_seconds: float | None = None
