"""Reads `/v1/limits`, `/v1/sources`, `/v1/symbols` and `/v1/status` in every documented shape.

What is missing or of another type becomes None or is left out; only an answer without the list or object itself is
an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from include.domain.clock import read_instant
from include.domain.market import INTERVAL_ALIASES, LONGEST_NAME
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import NotTheContract
from include.kwery.answers.headers import balance, number, whole_number
from include.kwery.answers.lenient_json import loads
from include.kwery.answers.listing import Listing, listing_of
from include.kwery.answers.rates import rates_of
from include.kwery.answers.repeated_keys import repeated_key
from include.kwery.answers.statements import key_of
from include.kwery.models import IngestionStatus, Limits, SourceInfo, SymbolInfo

T = TypeVar("T")
SOURCE_ALIASES = {"binance": "binance_spot"}
_REMAINING = {"remaining", "balance", "available", "left"}
_USED = {"used", "usage", "consumed", "spent"}
_ALLOWANCES = {"limit", "quota", "allowance", "allotment", "included", "granted", "total", "max"}
_CREDIT_WORDS = {"credit", "credits", "monthly", "month", "cycle", "period", "current"}
_OF_CREDITS = _CREDIT_WORDS | _USED | {"quota", "account", "plan", "billing", "balance", "data"}
"""An object with a name of these words may hold what is used of the credits; one for rates may not."""
_ACCOUNT_FIELDS = {"plan", "credits", "rate_limits", "usage", "quota", "credits_used"}
_ENVELOPES = 3
"""How deep in other objects the account may lie."""
_RATE_NAMES = {"rps", "rpm", "rph"}
LEGACY_PLANS = {"basic": "free", "developer": "pro", "professional": "business"}


def limits_of(answer: Answer) -> Limits:
    """The account: a bare object, or one inside another, such as `data`; its names in any spelling."""
    body = _account(_with_keys(_object(answer)))
    if body is None:
        raise NotTheContract("the JSON names no plan, credits or rate_limits")
    used, limit = _used_of(body)
    remaining = _remaining(body)
    if remaining is None and used is not None and limit is not None:
        remaining = max(0, limit - used)
    rates = _rates(body)
    return Limits(
        plan=_plan(body.get("plan")),
        credits_used=used,
        credits_limit=limit,
        credits_remaining=remaining,
        requests_per_second=rates.get("second"),
        requests_per_minute=rates.get("minute"),
        requests_per_hour=rates.get("hour"),
        max_rows_per_request=whole_number(body.get("max_rows_per_request")) or None,
        max_history_days=whole_number(body.get("max_history_days")),
        vendor_time=answer.vendor_time,
    )


def _with_keys(value: Any) -> Any:
    """The same with names in snake case, in all objects."""
    if isinstance(value, dict):
        return {key_of(name): _with_keys(one) for name, one in value.items()}
    return [_with_keys(one) for one in value] if isinstance(value, list) else value


def _account(body: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any] | None:
    """The outermost object that describes an account; None if no object does."""
    if body.keys() & _ACCOUNT_FIELDS or any(map(_is_balance, body)):
        return body
    found = (_account(one, depth + 1) for one in _objects_in(body) if depth < _ENVELOPES)
    return next((one for one in found if one is not None), None)


def _remaining(body: Mapping[str, Any]) -> int | None:
    """The remaining credits under any of their names, the lowest of several.

    Where no name speaks of credits, a bare balance is that of credits; beside one it may be of requests, or of money.
    """
    lowest = _remaining_credits(body)
    return _lowest(body.get(name) for name in _REMAINING) if lowest is None else lowest


def _used_of(body: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The used credits and their allowance under any of their names, of the outermost object that has both."""
    found = [(_figure_named(one, _USED), _figure_named(one, _ALLOWANCES)) for one in _accounts_in(body)]
    with_both = (pair for pair in found if None not in pair)
    return next(with_both, None) or next((pair for pair in found if pair != (None, None)), (None, None))


def _accounts_in(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """It and the objects inside it, outer ones first, whose names are those of an account or its credits."""
    found = [body]
    for _ in range(_ENVELOPES):
        found += [
            one
            for outer in found
            for name, one in outer.items()
            if isinstance(one, dict) and set(name.split("_")) <= _OF_CREDITS and one not in found
        ]
    return found


def _figure_named(body: Mapping[str, Any], names: set[str]) -> int | None:
    """The highest figure whose name is made of these words and of words for credits."""
    found = [
        whole_number(value)
        for name, value in body.items()
        if (words := set(name.split("_"))) & names and words <= names | _CREDIT_WORDS
    ]
    return max((one for one in found if one is not None), default=None)


def _remaining_credits(body: Mapping[str, Any], depth: int = 0) -> int | None:
    """The balance whose name speaks of credits; that of an outer object counts before those of inner ones."""
    named = [value for name, value in body.items() if _is_balance(name) and name not in _REMAINING]
    lowest = _lowest([*_balances(body.get("credits")), *(one for value in named for one in _figures(value))])
    if lowest is not None or depth >= _ENVELOPES:
        return lowest
    inside = (_remaining_credits(one, depth + 1) for one in _objects_in(body))
    return min((one for one in inside if one is not None), default=None)


def _objects_in(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects among its values, and in lists that are values."""
    inside = [one for value in body.values() for one in (value if isinstance(value, list) else [value])]
    return [one for one in inside if isinstance(one, dict)]


def _balances(credits: Any) -> Iterator[Any]:
    """The balances in an object or a list of credits; a bare figure is one itself."""
    if not isinstance(credits, dict):
        yield from _figures(credits)
        return
    named = [name for name in credits if _is_balance(name)]
    for name in named:
        yield from _figures(credits[name])
    if not named:
        for value in credits.values():
            if isinstance(value, dict):
                yield from _balances(value)


def _is_balance(name: str) -> bool:
    words = set(name.split("_"))
    return bool(words & _REMAINING) and words <= _REMAINING | {"credit", "credits"}


def _figures(value: Any) -> Iterator[Any]:
    """A figure, or those in a list or an object of its parts."""
    if isinstance(value, list):
        for one in value:
            yield from _balances(one) if isinstance(one, dict) else _figures(one)
    elif isinstance(value, dict):
        yield from value.values()
    else:
        yield value


def _lowest(balances: Iterable[Any]) -> int | None:
    return min((figure for one in balances if (figure := balance(one)) is not None), default=None)


def _rates(body: Mapping[str, Any]) -> dict[str, float]:
    """Request rates, in an object or list of their own or beside the plan."""
    beside = {name: value for name, value in body.items() if name.startswith("requests_per_") or name in _RATE_NAMES}
    return rates_of([beside, *(body.get(name) for name in ("rate_limits", "rate_limit", "limits"))])


def sources_of(answer: Answer) -> Listing[SourceInfo]:
    """`sources[]` with string endpoints, or `data[]` with object endpoints (behaviour 39)."""
    return _listing(answer, ("sources", "data"), lambda item: _text(item.get("source") or item.get("id")), _source)


def symbols_of(answer: Answer) -> Listing[SymbolInfo]:
    """`symbols[]` or `data[]`; `earliest_data` is a hint only (behaviour 42)."""
    return _listing(answer, ("symbols", "data"), lambda item: _text(item.get("symbol")), _symbol, text_as="symbol")


def statuses_of(answer: Answer) -> Listing[IngestionStatus]:
    """`ingestion[]` of {source, last_run, ...} or `data[]` of {source, symbol, last_ingested, ...} (behaviour 40)."""
    return _listing(answer, ("ingestion", "data"), lambda item: _text(item.get("source")), _status)


def _symbol(item: Mapping[str, Any]) -> SymbolInfo:
    return SymbolInfo(
        symbol=str(item["symbol"]),
        name=_text(item.get("name")),
        sources=_sources(item.get("sources")),
        intervals=_intervals(item.get("intervals")),
        earliest_data=_instant(item.get("earliest_data")),
    )


def _status(item: Mapping[str, Any]) -> IngestionStatus:
    return IngestionStatus(
        source=_source_name(item["source"]),
        status=_text(item.get("status")) or "unknown",
        symbol=_text(item.get("symbol")),
        last_run=_instant(item.get("last_run") or item.get("last_ingested")),
        rows_inserted=whole_number(item.get("rows_inserted")),
        delay_seconds=number(item.get("delay_seconds")),
    )


def _source(item: Mapping[str, Any]) -> SourceInfo:
    listed = item.get("endpoints")
    endpoints = listed if isinstance(listed, list) else []
    tiers = {
        _endpoint_name(name): {_plan(plan) or str(plan): str(depth) for plan, depth in _mapping(depths).items()}
        for name, depths in _mapping(item.get("tier_requirements")).items()
    }
    for endpoint in endpoints:
        if isinstance(endpoint, dict) and _text(endpoint.get("min_tier")):
            least = _plan(endpoint["min_tier"]) or ""
            tiers.setdefault(_endpoint_name(_endpoint_path(endpoint)), {}).setdefault("min_tier", least)
    return SourceInfo(
        source=_source_name(item.get("source") or item["id"]),
        label=_text(item.get("label") or item.get("display_name")),
        symbols=_texts(item.get("symbols")),
        intervals=_intervals(item.get("intervals")),
        endpoints=_unique(_endpoint_name(_endpoint_path(endpoint)) for endpoint in endpoints),
        tier_requirements=tiers,
    )


def _object(answer: Answer) -> dict[str, Any]:
    try:
        value = loads(answer.body.decode("utf-8-sig", "replace"))  # one figure that is NaN must not hide the others
    except (ValueError, RecursionError):
        raise NotTheContract("the body is not JSON") from None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise NotTheContract("the JSON is not an object")
    if (key := repeated_key(answer.body)) is not None:
        raise NotTheContract(f"the JSON repeats the key {key[:60]!r}")
    return value


def _listing(
    answer: Answer,
    names: Sequence[str],
    name_of: Callable[[Mapping[str, Any]], str | None],
    read: Callable[[Mapping[str, Any]], T],
    text_as: str = "source",
) -> Listing[T]:
    """The named objects of the first list found under `names`; plain texts stand for their name."""
    body = _object(answer)
    for name in names:
        entries = body.get(name)
        if isinstance(entries, list):
            items = [{text_as: entry} if isinstance(entry, str) else entry for entry in entries]
            readable = [read(item) for item in items if isinstance(item, dict) and name_of(item)]
            return listing_of(readable, len(entries), names, answer, body)
    raise NotTheContract(f"the JSON has no list under {' or '.join(names)}")


def _plan(value: Any) -> str | None:
    name = value.get("name") if isinstance(value, dict) else value
    text = _text(name)
    return LEGACY_PLANS.get(text.lower(), text.lower()) if text else None


def _endpoint_path(endpoint: Any) -> str:
    return str(_mapping(endpoint).get("path", "")) if isinstance(endpoint, dict) else str(endpoint)


def _endpoint_name(path: str) -> str:
    """`open-interest` from `GET /v1/open-interest`, `/v1/open-interest` or `open-interest`."""
    return path.split(" ")[-1].strip("/").removeprefix("v1/")


def _source_name(name: Any) -> str:
    return SOURCE_ALIASES.get(str(name), str(name))


def _sources(value: Any) -> tuple[str, ...]:
    return _unique(_source_name(name) for name in _texts(value))


def _intervals(value: Any) -> tuple[str, ...]:
    return _unique(INTERVAL_ALIASES.get(name, name) for name in _texts(value))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    """A name without surrounding blanks; None where it is empty, no text, or nothing that a database can hold."""
    is_name = isinstance(value, str) and len(value) <= LONGEST_NAME and "\0" not in value
    return value.strip() or None if is_name else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _instant(value: Any) -> datetime | None:
    try:
        return read_instant(value)
    except ValueError:
        return None
