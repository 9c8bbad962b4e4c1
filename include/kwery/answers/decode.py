"""Turns an answer's body and headers into a Page, without a look at its rows.

Only the envelope is decoded: rows are counted, not parsed, because the quality room judges them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from include.domain.clock import iso, read_instant
from include.kwery.answers.answer import Answer
from include.kwery.answers.headers import balance, flag, whole_number
from include.kwery.answers.lenient_json import loads, members
from include.kwery.answers.repeated_keys import repeated_key_beside_rows
from include.kwery.answers.rows_apart import Apart, take_apart
from include.kwery.http.body import ENVELOPE_BYTES
from include.kwery.models import MAX_LIMIT, ChargeSource, Page, Request
from include.kwery.plans import documented_credits

MOST_ROWS = 10 * MAX_LIMIT
"""An answer with more is not a page: a megabyte of the smallest rows takes a gigabyte where they are judged."""
_COUNT_NAMES = ("returned", "count", "total")
_NOTE_NAMES = ("note", "notes", "warning", "warnings", "clamped_reason")


class NotTheContract(ValueError):
    """The body is not what the vendor's page describes; the text completes the sentence `but ...`."""


class _Envelope(NamedTuple):
    rows: int
    meta: dict[str, Any]


def page_of(request: Request, answer: Answer, priced: Callable[[int], int] = documented_credits) -> Page:
    """The Page in a 2xx answer; NotTheContract when the body is no JSON object with a `data` array.

    `priced` gives the credits of a number of rows, for an answer that does not name its charge.
    """
    warnings = [answer.note] if answer.note else []
    if answer.key_removed:
        warnings.append("the vendor repeated the API key; it was cut out of the stored answer")
    apart = take_apart(answer.body)
    row_bytes = _row_bytes_leniently(answer.body) if apart is None else apart.row_bytes
    if (beside := len(answer.body) - row_bytes) > ENVELOPE_BYTES:  # each field beside the rows takes memory
        raise NotTheContract(f"{beside:,} bytes stand beside its rows, where {ENVELOPE_BYTES:,} at most are expected")
    rows, meta = _lenient_envelope(answer.body, warnings) if apart is None else _envelope(apart, warnings)
    if (key := apart.repeated_key if apart else repeated_key_beside_rows(answer.body, None)) is not None:
        raise NotTheContract(f"the JSON repeats the key {key[:60]!r}")
    if rows > MOST_ROWS:
        raise NotTheContract(f"data has {rows:,} rows, where at most {MAX_LIMIT:,} can be requested")
    cursor = _cursor(meta, warnings)
    credits, charge_source = _charge(answer, priced(rows), warnings)
    clamped, clamped_to = _clamp(meta, request.start, warnings)
    _check_counts(rows, meta, answer.headers, request.limit, warnings)
    return Page(
        request=request,
        body=answer.body,
        headers=answer.headers,
        status=answer.status or 200,
        received_at=answer.received_at,
        vendor_time=answer.vendor_time,
        row_count=rows,
        next_cursor=cursor,
        charge_credits=credits,
        charge_source=charge_source,
        credits_remaining=balance(answer.headers.get("x-credits-remaining")),
        rows_capped=flag(answer.headers.get("x-rows-capped")) or _breaks_off(meta, cursor),
        clamped_to=clamped_to,
        clamped=clamped,
        request_id=answer.request_id,
        unread_bytes=answer.unread_bytes,
        warnings=tuple(warnings),
        fields=apart.fields if apart else None,
    )


def _row_bytes_leniently(body: bytes) -> int:
    text = body.decode("utf-8-sig", "replace")
    try:
        return next(len(text[start:end].encode()) for name, start, end in members(text) if name == "data")
    except (ValueError, IndexError, RecursionError, StopIteration):
        return len(body)  # no answer with rows, which refuses it


def _envelope(apart: Apart, warnings: list[str]) -> _Envelope:
    fields = apart.fields
    meta = _meta(fields.get("meta"), fields.get("next_cursor"), fields.get("has_more"), warnings)
    return _Envelope(apart.rows, meta)


def _lenient_envelope(body: bytes, warnings: list[str]) -> _Envelope:
    """Reads JSON that strict readers refuse (NaN, Infinity, a byte order mark): one odd row must not lose the page."""
    try:
        value = loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise NotTheContract("the body is not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise NotTheContract("the JSON has no `data` array")
    warnings.append("the JSON is not strict (NaN, Infinity or a byte order mark)")
    return _Envelope(
        len(value["data"]), _meta(value.get("meta"), value.get("next_cursor"), value.get("has_more"), warnings)
    )


def _meta(given: Any, next_cursor: Any, has_more: Any, warnings: list[str]) -> dict[str, Any]:
    """`meta`, with paging fields that stand beside it added, so that no cursor is overlooked."""
    if not isinstance(given, dict):
        warnings.append("meta is missing" if given is None else f"meta is a {type(given).__name__}, not an object")
        given = {}
    beside = {"next_cursor": next_cursor, "has_more": has_more}
    meta: dict[str, Any] = given | {
        name: value for name, value in beside.items() if value is not None and given.get(name) is None
    }
    for name in _NOTE_NAMES:
        if meta.get(name):
            warnings.append(f"meta.{name}: {str(meta[name])[:200]}")
    return meta


def _cursor(meta: dict[str, Any], warnings: list[str]) -> str | None:
    value = meta.get("next_cursor")
    cursor = _cursor_text(value)
    if value not in (None, "") and not isinstance(value, str):
        warnings.append(f"next_cursor is a {type(value).__name__}, not a string")
    more = meta.get("has_more")
    if flag(more) and cursor is None:
        warnings.append("has_more is true, but there is no next_cursor")
    if more is not None and not flag(more) and cursor is not None:
        warnings.append("has_more is false, but there is a next_cursor")
    return cursor


def _breaks_off(meta: dict[str, Any], cursor: str | None) -> bool:
    """Whether more rows are promised with no cursor to reach them by (behaviour 9): the chain has not ended."""
    return flag(meta.get("has_more")) and cursor is None


def _cursor_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() or None if "\0" not in value else None
    if value is None or isinstance(value, bool):
        return None
    return json.dumps(value, separators=(",", ":"))


def _charge(answer: Answer, estimate: int, warnings: list[str]) -> tuple[int, ChargeSource]:
    """The charge by header, else by the price table (behaviours 24 and 27)."""
    charge = answer.charge
    if charge is None:
        return estimate, ChargeSource.PRICE_TABLE
    if charge[0] != estimate:
        warnings.append(f"charged {charge[0]} credits, where the price table says {estimate}")
    return charge


def _clamp(meta: dict[str, Any], start: datetime, warnings: list[str]) -> tuple[bool, datetime | None]:
    """Whether the vendor cut the start of the range, and to where (behaviour 36)."""
    named = meta.get("effective_start")
    effective: datetime | None = None
    if named is not None:
        try:
            effective = read_instant(named)
        except ValueError:
            warnings.append(f"meta.effective_start {str(named)[:60]!r} is not a time")
    clamped = flag(meta.get("clamped")) or (effective is not None and effective > start)
    if clamped:
        warnings.append(f"the range was cut to begin {iso(effective) if effective else 'later than requested'}")
    return clamped, effective if clamped else None


def _check_counts(rows: int, meta: dict[str, Any], headers: dict[str, str], limit: int, warnings: list[str]) -> None:
    """Counts beside the array are cross-checks only (behaviours 6 and 7)."""
    counts = {f"meta.{name}": meta.get(name) for name in _COUNT_NAMES}
    counts["X-Rows-Returned"] = headers.get("x-rows-returned")
    for name, value in counts.items():
        if value is not None and whole_number(value) != rows:
            warnings.append(f"{name} says {str(value)[:40]}, but data has {rows} rows")
    if rows > limit:
        warnings.append(f"data has {rows} rows, more than the limit of {limit}")
