"""Whether an answer matches its request: symbol, source, interval, range, dataset and zone, where it names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from include.domain.clock import parse_instant
from include.domain.market import INTERVAL_ALIASES, SOURCES, Interval, Stream
from include.kwery.answers.statements import Statement, figure, is_no
from include.kwery.models import Page

_STARTS = {"start", "from", "since", "begin", "begins", "beginning"}
_ENDS = {"end", "to", "until", "till", "through", "thru", "stop", "cutoff"}
_RANGES = {"range", "window", "period", "span", "bounds"}
_QUALIFIERS = {
    "actual", "effective", "requested", "request", "original", "resolved", "applied", "adjusted", "range", "query",
    "window", "period", "data", "available", "coverage", "covered", "history", "served", "returned", "response",
    "filter", "time", "date", "datetime", "timestamp", "ts", "at", "utc", "iso", "ms", "unix", "epoch", "instant",
    "complete", "completed", "valid", "loaded", "ingested", "processed", "synced", "indexed", "known", "watermark",
}  # fmt: skip
"""What a name may hold beside the word for a start, an end, a symbol, a source or an interval."""
_MADE_AT = {"as_of", "data_as_of", "asof", "generated_at", "cached_at", "snapshot_at"}
_STEP_NAMES = {
    "granularity", "resolution", "timeframe", "aggregation", "period", "step", "bucket_size", "bucket", "frequency",
}  # fmt: skip
_VENUE_NAMES = {"exchange", "exchanges", "venue", "venues", "provider", "providers"}
_SYMBOL_NAMES = {
    "ticker", "coin", "asset", "base", "base_asset", "base_currency", "underlying", "instrument", "pair", "contract",
}  # fmt: skip
"""Names of one traded thing, each in a spelling of its own, such as BTCUSDT or BTC-PERP."""
_EXCHANGE_NAMES = {"exchange", "venue"}
_DATASET_NAMES = {"dataset", "metric", "endpoint"}
_ZONES = {"tz", "timezone", "time_zone", "utc_offset", "tz_offset", "timezone_offset"}
_UTC = re.compile(r"(?:etc/)?(?:utc|gmt|uct|z|zulu|universal)?\s*(?:[+-]?0{1,2}(?::?00)?(?:\.0)?)?")
_LAGS = {"lag", "delay", "embargo", "behind"}
_SECONDS = {
    "ms": 0.001, "milliseconds": 0.001, "s": 1, "sec": 1, "secs": 1, "seconds": 1, "min": 60, "minutes": 60, "h": 3600,
    "hours": 3600, "days": 86400,
}  # fmt: skip
_STEP_WORDS = {"interval", "granularity", "resolution", "timeframe", "step", "bucket", "size", "length", "period"}
_LONGEST_SECONDS = 10 * 366 * 86_400
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
    if (seconds := _step_seconds(one)) is not None:
        return seconds == stream.interval.seconds
    if one.key in _SYMBOL_NAMES and isinstance(one.value, str):
        return any(spelling in one.value.casefold() for spelling in _spellings(stream.symbol, aliases))
    if isinstance(one.value, str) and not _is_asked_in(one.value, stream, aliases):
        return False
    if one.key in _ZONES and not isinstance(one.value, dict):  # times without one would lie elsewhere than placed
        return _UTC.fullmatch(str(one.value).strip().casefold()) is not None
    if one.key in _DATASET_NAMES and isinstance(one.value, str):
        return _letters(stream.dataset.value) in _letters(one.value) or _letters(one.value) in ("oi", "")
    if one.key in _EXCHANGE_NAMES and isinstance(one.value, str) and not names & set(SOURCES):
        known = (*SOURCES, *_ALL) if stream.source is None else (stream.source,)
        return any(_letters(one.value) in _letters(source) for source in known)
    if one.words & _LAGS:
        return _is_late_enough(one, page)
    if one.key in _VENUE_NAMES and names & set(SOURCES):
        return _holds_source(stream.source, names)
    return _covers(one, page)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _is_asked_in(text: str, stream: Stream, aliases: Mapping[str, str]) -> bool:
    """Whether the symbol, source and interval of a query string, alone or in an address, are those requested."""
    if "=" not in text:
        return True
    said = {name.casefold(): values[-1].casefold() for name, values in parse_qs(text.rpartition("?")[2]).items()}
    symbol, interval = said.get("symbol"), said.get("interval")
    return (
        (symbol is None or symbol in _spellings(stream.symbol, aliases))
        and (interval is None or INTERVAL_ALIASES.get(interval, interval) == stream.interval.value)
        and ("source" not in said or _is_source(stream.source, {said["source"]}))
    )


def _step_seconds(one: Statement) -> float | None:
    """The length of its buckets where it names one with a unit: `"interval_seconds": 3600`."""
    units = [word for word in one.words if word in _SECONDS]
    about_steps = one.words.difference(units)
    number = figure(one.value)
    if number is None or len(units) != 1 or not about_steps or not about_steps <= _STEP_WORDS:
        return None
    return number * _SECONDS[units[0]]


def _is_late_enough(one: Statement, page: Page) -> bool:
    """Whether data that lags by this much still reaches the end of the request; a lag without a unit is in seconds."""
    number = figure(one.value)
    if number is None or number <= 0:
        return True
    seconds = number * max((_SECONDS[word] for word in one.words if word in _SECONDS), default=1)
    return _reaches_end(page.observed_at - timedelta(seconds=min(seconds, _LONGEST_SECONDS)), page)


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
    if one.words & _RANGES and subject <= _RANGES and (both := _both_ends(one.value)) is not None:
        return _reaches_back(both[0], page) and _reaches_end(both[1], page)
    if not (is_start or is_end) or isinstance(one.value, bool | dict | list):
        return True
    instant = _instant(one.value)
    if instant is None:
        return False
    if is_start:
        return _reaches_back(instant, page)
    return _reaches_end(instant, page)


def _both_ends(value: Any) -> tuple[datetime, datetime] | None:
    """The instants of a range in one value: a list of two, or a text such as `2026-03-07/2026-03-08`."""
    parts = re.split(r"/|\.\.|,| - | to ", value) if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2:
        return None
    start, end = _instant(parts[0]), _instant(parts[1])
    return (start, end) if start is not None and end is not None else None


def _reaches_back(instant: datetime, page: Page) -> bool:
    return instant <= page.request.stream.interval.ceil(page.request.start)


def _reaches_end(instant: datetime, page: Page) -> bool:
    return instant >= min(page.request.end, page.observed_at) - page.request.stream.interval.step


def _instant(value: Any) -> datetime | None:
    with suppress(ValueError, OverflowError):
        return parse_instant(str(value))
    return None
