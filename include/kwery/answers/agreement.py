"""Whether an answer matches its request: symbol, source, interval, dataset and zone, where it names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from include.domain.market import INTERVAL_ALIASES, SOURCES, Interval, Stream
from include.kwery.answers.reach import SECONDS, leaves_room, names_depth_of_plan, seconds_in, subject_of
from include.kwery.answers.statements import (
    BOUND_WORDS,
    BY_SOURCE_WORDS,
    Statement,
    figure,
    is_by_source,
    is_no,
    is_yes,
    key_of,
    says_no,
)
from include.kwery.models import Page

_STEP_NAMES = {"granularity", "resolution", "timeframe", "aggregation", "step", "bucket_size", "bucket", "frequency"}
_LENGTH_WORDS = {"interval", "tf", "candle", "bar"}
_OTHER_LENGTHS = {"min", "max", "minimum", "maximum", "default", "supported", "native", "refresh", "update", "poll"}
"""With one of these a name is of another interval than that of the rows."""
_BARE_STEP_NAMES = {"granularity", "resolution", "timeframe", "bucket_size"}
"""Those whose number is a length without a unit."""
_STEP_WORDS = {"interval", "granularity", "resolution", "timeframe", "step", "bucket", "size", "length", "period"}
_INTERVALS = {interval.value for interval in Interval} | set(INTERVAL_ALIASES)
_VENUE_NAMES = {"exchange", "exchanges", "venue", "venues", "provider", "providers"}
_SYMBOL_NAMES = {
    "ticker", "coin", "asset", "base", "base_asset", "base_currency", "underlying", "instrument", "pair", "contract",
}  # fmt: skip
"""Names of one traded thing, each in a spelling of its own, such as BTCUSDT or BTC-PERP."""
_NAMES_OF_ANYTHING = {"market", "name", "asset_name", "market_name", "product", "series", "key"}
_SYMBOL_WORDS = {"symbol", "sym", "ticker"}
_TICKER = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2,}(?:[-_/.:][A-Z0-9]+)*")
_SYMBOL_LISTS = {"tickers", "coins", "assets", "pairs", "instruments", "contracts", "markets"}
_EXCHANGE_NAMES = {"exchange", "venue"}
_DATASET_NAMES = {"dataset", "metric"}
_MARKET_KINDS = {
    "future", "futures", "perp", "perps", "perpetual", "perpetuals", "swap", "swaps", "derivative", "derivatives",
    "linear", "inverse", "contract", "contracts", "crypto", "event", "events", "prediction", "predictionmarket",
    "predictionmarkets", "market", "markets",
}  # fmt: skip
"""Kinds of markets that have open interest: naming one contradicts no question."""
_ADDRESS_NAMES = {
    "self", "url", "uri", "href", "path", "route", "canonical", "endpoint", "request_url", "request_uri",
    "request_path", "content_location",
}  # fmt: skip
"""Names of the address of the answer itself; others, such as `docs` and `upgrade_url`, lead elsewhere."""
_ENDPOINT = re.compile(r"/v\d+/([^/?#]+)(?:/([^/?#]+))?")
_NAMING = _SYMBOL_NAMES | _NAMES_OF_ANYTHING | _DATASET_NAMES | _EXCHANGE_NAMES
_ZONES = {"tz", "timezone", "time_zone", "utc_offset", "tz_offset", "timezone_offset"}
_UTC = re.compile(r"(?:etc/)?(?:utc|gmt|uct|z|zulu|universal)?\s*(?:[+-]?0{1,2}(?::?00)?(?:\.0)?)?")
_NAMES_INSIDE = ("symbol", "source", "interval", "name", "id")
_ALL = {"all", "any", "*"}


def contradictions(page: Page, said: Sequence[Statement], aliases: Mapping[str, str]) -> Iterator[Statement]:
    """The statements that name another symbol, source, interval or range than was requested."""
    for one in said:
        is_said = one.words & BOUND_WORDS or not is_no(one.value) or is_by_source(one.value)
        is_of_request = one.source is None or page.request.stream.source in (None, one.source)
        is_judged = is_of_request and (one.is_about_page or names_depth_of_plan(one))
        if is_judged and is_said and not _agrees(one, page, aliases):
            yield one


def _agrees(one: Statement, page: Page, aliases: Mapping[str, str]) -> bool:
    stream = page.request.stream
    if (seconds := _step_seconds(one)) is not None:
        return seconds == stream.interval.seconds
    if one.words & BOUND_WORDS:
        return _holds_its_start(one)
    names = _names_in(one.value)
    match " ".join(subject_of(one)):
        case "symbol":
            return names <= _spellings(stream.symbol, aliases)
        case "symbols":
            return not names or bool(names & _spellings(stream.symbol, aliases))
        case "source":
            return _is_source(stream.source, names)
        case "sources":
            return not names or _holds_source(stream.source, names)
        case "interval":
            return all(_is_interval(name, stream.interval) for name in names)
        case "intervals":
            return not names or any(_is_interval(name, stream.interval) for name in names)
    if one.key in _SYMBOL_LISTS and isinstance(one.value, list):
        spellings = _spellings(stream.symbol, aliases)
        return not names or any(spelling in name for name in names for spelling in spellings)
    if isinstance(one.value, str) and not (
        _names_asked(one, stream, aliases) and _is_asked_in(one, page, aliases) and _is_address_of(one, stream, aliases)
    ):
        return False
    if isinstance(one.value, str) and stream.source is not None and one.value.casefold() in SOURCES:
        return one.value.casefold() == stream.source  # under any name
    if _speaks_of_other_sources(one, names, stream):
        return False
    if _names_another_step(one, names, stream.interval):
        return False
    if one.key in _ZONES and not isinstance(one.value, dict):  # times without one would lie elsewhere than placed
        return _UTC.fullmatch(str(one.value).strip().casefold()) is not None
    if one.key in _VENUE_NAMES and names & set(SOURCES):
        return _holds_source(stream.source, names)
    return leaves_room(one, page)


def _holds_its_start(one: Statement) -> bool:
    """Whether the start belongs to the range, as requested; a row exactly at the end is harmless."""
    is_of_end = one.words & {"end", "to", "until"}
    return bool(is_of_end) or not (says_no(one.value) if "inclusive" in one.words else is_yes(one.value))


def _names_asked(one: Statement, stream: Stream, aliases: Mapping[str, str]) -> bool:
    """Whether the traded thing, the venue or the dataset that a text names is the one requested."""
    if one.key not in _NAMING and not one.words & _SYMBOL_WORDS:
        return True
    text, letters = str(one.value), _letters(str(one.value))
    is_asked = any(spelling in text.casefold() for spelling in _spellings(stream.symbol, aliases))
    is_dataset = _letters(stream.dataset.value) in letters or letters in ("oi", "")
    if one.key in _SYMBOL_NAMES:
        return is_asked
    if (one.key in _NAMES_OF_ANYTHING or one.words & _SYMBOL_WORDS) and _TICKER.fullmatch(text.strip()):
        return is_asked or is_dataset or letters in _MARKET_KINDS or text.casefold() in SOURCES
    if one.key in _DATASET_NAMES:
        return is_dataset or letters in _MARKET_KINDS
    if one.key in _EXCHANGE_NAMES and not _names_in(text) & set(SOURCES):
        known = (*SOURCES, *_ALL) if stream.source is None else (stream.source,)
        return any(letters in _letters(source) for source in known)
    return True


def _speaks_of_other_sources(one: Statement, names: set[str], stream: Stream) -> bool:
    """Whether what is listed by source does not hold the one requested."""
    sources = {key_of(name) for name in names} if one.words <= BY_SOURCE_WORDS and is_by_source(one.value) else set()
    return bool(sources) and stream.source is not None and stream.source not in sources


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _is_asked_in(one: Statement, page: Page, aliases: Mapping[str, str]) -> bool:
    """Whether the parameters of a query string, alone or in the address of the answer, are those requested."""
    _, is_address, query = one.value.rpartition("?")
    if "=" not in query or (is_address and one.key not in _ADDRESS_NAMES):
        return True
    given = [(key_of(name), values[-1]) for name, values in parse_qs(query).items()]
    return all("=" in text or _agrees(replace(one, key=key, value=text), page, aliases) for key, text in given)


def _is_address_of(one: Statement, stream: Stream, aliases: Mapping[str, str]) -> bool:
    """Whether the address of the answer is that of the dataset, and of the symbol, as far as it names them."""
    found = _ENDPOINT.search(one.value) if one.key in _ADDRESS_NAMES else None
    if found is None:
        return True
    is_symbol = found[2] is None or unquote(found[2]).casefold() in _spellings(stream.symbol, aliases)
    return is_symbol and _letters(found[1]) == _letters(stream.dataset.value)


def _is_interval(name: str, interval: Interval) -> bool:
    """Whether a text is the interval in any spelling; a bare number counts seconds, minutes or milliseconds."""
    if INTERVAL_ALIASES.get(name, name) == interval.value:
        return True
    number = figure(name)
    if number is None:
        return seconds_in(name) == interval.seconds
    return number in (interval.seconds, interval.seconds / 60, interval.seconds * 1000)


def _names_another_step(one: Statement, names: set[str], interval: Interval) -> bool:
    """Whether a field for the length of its buckets names another one; what cannot be read as a length names none."""
    is_interval = bool(one.words & _LENGTH_WORDS) and not one.words & _OTHER_LENGTHS
    if is_interval or one.key == "period":  # which may be as long as the range
        lengths = names & _INTERVALS
    elif one.key in _STEP_NAMES:
        is_bare = one.key in _BARE_STEP_NAMES
        lengths = {name for name in names if seconds_in(name) or (is_bare and figure(name) is not None)}
    else:
        return False
    return bool(lengths) and not any(_is_interval(name, interval) for name in lengths)


def _step_seconds(one: Statement) -> float | None:
    """The length of its buckets where it names one with a unit: `"interval_seconds": 3600`."""
    about_steps = one.words & _STEP_WORDS
    units = list(one.words - about_steps)
    number = figure(one.value) if units and about_steps else None
    if number is None or len(units) != 1 or units[0] not in SECONDS:
        return None
    return number * SECONDS[units[0]]


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
