"""An open-interest request as a query: checked, with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from include.domain.clock import EPOCH, iso, parse_instant
from include.domain.market import SOURCES, Interval, Stream
from include.kwery.models import MAX_LIMIT, Request
from include.simulator import errors
from include.simulator.catalogue import Catalogue, SymbolEntry
from include.simulator.cursors import Cursor, query_digest, read_cursor
from include.simulator.plans import AccountPlan

DEFAULT_INTERVAL = "1h"
DEFAULT_LIMIT = 100
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """One open-interest query over `[start, end)`; `source` None means all."""

    symbol: str
    source: str | None
    interval: Interval
    start: datetime
    end: datetime
    limit: int
    after: str | None
    cursor: Cursor | None
    digest: str

    @property
    def sources(self) -> tuple[str, ...]:
        return SOURCES if self.source is None else (self.source,)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the client's request, so that tests recognize a repeated query."""
        stream = Stream(self.symbol, self.interval, self.source)
        return Request(stream, self.start, self.end, self.limit, self.after).fingerprint

    def from_start(self, start: datetime) -> Query:
        """The same query with a later start."""
        return replace(self, start=start)


def parse_query(parameters: Mapping[str, str], catalogue: Catalogue, plan: AccountPlan, now: datetime) -> Query:
    """Reads the query parameters; raises the page's 400 errors in the page's order.

    `end` omitted is just after `now`. `start` omitted is as many buckets before `end` as fit one page (of `limit`
    rows over the sources asked), never before the plan's history: the most recent rows, oldest first.
    """
    entry = _entry(parameters.get("symbol"), catalogue, now)
    symbol = entry.symbol
    source = _source(parameters.get("source"))
    interval = _interval(parameters.get("interval"))
    limit = _limit(parameters.get("limit"))
    given = _instant("start", parameters.get("start")), _instant("end", parameters.get("end"))
    digest = query_digest(symbol, source, interval, *(iso(instant) if instant else None for instant in given))
    after = parameters.get("after") or None
    cursor = read_cursor(after, digest) if after else None
    if cursor is not None:
        start, end = _from_epoch(cursor.start), _from_epoch(cursor.end)
    else:
        listed = entry.sources if source is None else (source,)
        start, end = _window(*given, interval, max(1, min(limit, plan.max_rows) // len(listed)), plan, now)
    return Query(symbol, source, interval, start, end, limit, after, cursor, digest)


def check_depth(query: Query, plan: AccountPlan, now: datetime) -> None:
    """Raises where the query reaches past the plan's history.

    A range that is longer than the plan's depth is 400 invalid_time_range; a shorter one that begins too
    long ago is 403 tier_restricted. The future part of a range and pages already read do not count.
    """
    if plan.history_days is None:
        return
    begin = _from_epoch(query.cursor.position.at) if query.cursor else query.start
    end = min(query.end, now)
    if begin >= query.end:
        return
    day = timedelta(days=1)
    if (end - begin) / day > plan.history_days:
        raise errors.range_too_long(plan.name, plan.history_days, (end - begin) / day)
    if begin < now - plan.history_days * day:
        raise errors.too_deep(plan.name, plan.history_days, (now - begin) / day)


def history_edge(plan: AccountPlan, now: datetime) -> datetime | None:
    """The earliest start that the plan may ask for; None without a bound."""
    return None if plan.history_days is None else now - timedelta(days=plan.history_days)


def epoch_seconds(instant: datetime) -> int:
    """The first whole epoch second at or after `instant`."""
    return ceil((instant - EPOCH) / timedelta(seconds=1))


def _from_epoch(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def _entry(symbol: str | None, catalogue: Catalogue, now: datetime) -> SymbolEntry:
    entry = catalogue.find(symbol, now) if symbol else None
    if entry is None:
        raise errors.invalid_symbol(symbol, catalogue.lasting)
    return entry


def _source(text: str | None) -> str | None:
    if text is not None and text not in SOURCES:
        raise errors.invalid_source(text, SOURCES)
    return text


def _interval(text: str | None) -> Interval:
    try:
        return Interval(DEFAULT_INTERVAL if text is None else text)
    except ValueError:
        raise errors.invalid_interval(str(text), Interval) from None


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT):
        raise errors.invalid_parameter(f"limit {text!r} is not a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return min(max(parse_instant(text), EPOCH), _LATEST)
    except (ValueError, OverflowError):
        raise errors.invalid_time_range(
            f"{name} {text!r} is not an ISO 8601 time such as 2026-03-07T00:00:00Z (percent-encode a + as %2B)."
        ) from None


def _window(
    start: datetime | None, end: datetime | None, interval: Interval, buckets: int, plan: AccountPlan, now: datetime
) -> tuple[datetime, datetime]:
    just_after_now = now.replace(microsecond=0) + timedelta(seconds=1)
    if end is None:
        end = max(just_after_now, start or just_after_now)
    if start is None:
        newest = interval.ceil(min(end, just_after_now)) - interval.step
        edge = history_edge(plan, now) or EPOCH
        start = min(end, max(edge, newest - (buckets - 1) * interval.step))
    if start > end:
        raise errors.invalid_time_range(f"start {iso(start)} is after end {iso(end)}.")
    return start, end
