"""Whether an answer is to the question that was asked: symbol, source, interval and range, where it names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from include.domain.clock import parse_instant
from include.domain.market import INTERVAL_ALIASES, SOURCES, Interval
from include.kwery.answers.statements import Statement, is_no
from include.kwery.models import Page

_STARTS = {"start", "from", "since", "begin", "begins", "beginning"}
_ENDS = {"end", "to", "until", "till", "through", "thru", "stop"}
_QUALIFIERS = {
    "actual", "effective", "requested", "request", "original", "resolved", "applied", "adjusted", "range", "query",
    "window", "period", "data", "available", "coverage", "covered", "history", "served", "returned", "response",
    "filter", "time", "date", "datetime", "timestamp", "ts", "at", "utc", "iso", "ms", "unix", "epoch", "instant",
    "complete", "completed", "valid", "loaded", "ingested", "processed", "synced", "indexed", "known", "watermark",
}  # fmt: skip
"""What a name may hold beside the word for a start, an end, a symbol, a source or an interval."""
_MADE_AT = {"as_of", "data_as_of", "asof", "generated_at", "cached_at", "snapshot_at"}
_STEP_NAMES = {"granularity", "resolution", "timeframe", "aggregation", "period", "step", "bucket_size"}
_VENUE_NAMES = {"exchange", "exchanges", "venue", "venues", "provider", "providers"}
_INTERVALS = {interval.value for interval in Interval} | set(INTERVAL_ALIASES)
_NAMES_INSIDE = ("symbol", "source", "interval", "name", "id")
_ALL = {"all", "any", "*"}


def contradictions(page: Page, said: Sequence[Statement], aliases: Mapping[str, str]) -> Iterator[Statement]:
    """The statements that name another symbol, source, interval or range than was requested."""
    for one in said:
        if one.is_about_page and not is_no(one.value) and not _agrees(one, page, aliases):
            yield one


def _agrees(one: Statement, page: Page, aliases: Mapping[str, str]) -> bool:
    stream = page.request.stream
    names = _names_in(one.value)
    steps = {INTERVAL_ALIASES.get(name, name) for name in names}
    match " ".join(_subject(one)):
        case "symbol":
            return names <= _spellings(stream.symbol, aliases)
        case "symbols":
            return not names or bool(names & _spellings(stream.symbol, aliases))
        case "source":
            return _is_source(stream.source, names)
        case "sources":
            return not names or _holds_source(stream.source, names)
        case "interval":
            return steps <= {stream.interval.value}
        case "intervals":
            return not names or stream.interval.value in steps
    if one.key in _STEP_NAMES and steps & _INTERVALS:
        return stream.interval.value in steps
    if one.key in _VENUE_NAMES and names & set(SOURCES):
        return _holds_source(stream.source, names)
    return _covers(one, page)


def _subject(one: Statement) -> frozenset[str]:
    """The words of its name without those that only say which of several it is."""
    return one.words - _QUALIFIERS


def _names_in(value: Any) -> set[str]:
    """The texts that name something: one, a list of them, the keys of an object, or names inside listed objects."""
    if isinstance(value, dict):
        values: list[Any] = list(value)
    elif isinstance(value, list):
        inside = [one.get(name) for one in value if isinstance(one, dict) for name in _NAMES_INSIDE]
        values = [*(one for one in value if not isinstance(one, dict | list)), *inside]
    else:
        values = str(value).split(",")
    return {str(one).strip().casefold() for one in values if one is not None}


def _spellings(symbol: str, aliases: Mapping[str, str]) -> set[str]:
    return {symbol.casefold(), *(alias.casefold() for alias, known in aliases.items() if known == symbol)}


def _is_source(asked: str | None, named: set[str]) -> bool:
    if asked is None:
        return named <= _ALL or named >= set(SOURCES)
    return named == {asked.casefold()}


def _holds_source(asked: str | None, named: set[str]) -> bool:
    """Whether a list of sources holds those requested; it may name more."""
    wanted = set(SOURCES) if asked is None else {asked.casefold()}
    return named <= _ALL or named >= wanted


def _covers(one: Statement, page: Page) -> bool:
    """Whether a range that the answer names holds the one requested, but for buckets that have not begun."""
    subject = _subject(one)
    is_start, is_end = bool(subject) and subject <= _STARTS, bool(subject) and subject <= _ENDS
    if one.key in _MADE_AT:
        moment = _instant(one.value)
        return moment is None or _reaches_end(moment, page)
    if not (is_start or is_end) or isinstance(one.value, bool | dict | list):
        return True
    instant = _instant(one.value)
    if instant is None:
        return False
    if is_start:
        return instant <= page.request.stream.interval.ceil(page.request.start)
    return _reaches_end(instant, page)


def _reaches_end(instant: datetime, page: Page) -> bool:
    return instant >= min(page.request.end, page.observed_at) - page.request.stream.interval.step


def _instant(value: Any) -> datetime | None:
    with suppress(ValueError, OverflowError):
        return parse_instant(str(value))
    return None
