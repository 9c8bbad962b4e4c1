"""Counts that an answer gives of its rows, and whether they are those of the rows that arrived."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from include.kwery.answers.statements import BY_SOURCE_WORDS, Statement, is_by_source, key_of, whole

_ROWS = {
    "rows", "results", "records", "items", "entries", "points", "observations", "elements", "documents", "buckets",
    "datapoints", "candles", "bars", "ticks", "samples", "snapshots", "klines", "quotes", "measurements", "nrows",
    "list",
}  # fmt: skip
ROW_WORDS = _ROWS | {
    "row", "result", "record", "item", "entry", "point", "observation", "element", "document", "bucket", "datapoint",
    "candle", "bar", "tick", "sample", "snapshot", "kline", "quote", "measurement", "value", "values",
}  # fmt: skip
_TOTALS = {"total", "found", "matched", "matches", "match", "matching", "available", "hits", "expected", "cardinality"}
_COUNTS = _TOTALS | {"count", "num", "number", "n", "returned", "received", "length", "len"}
_NEED_A_NOUN = {"num", "number", "n"}
_BY_SOURCE = {"counts", *BY_SOURCE_WORDS}
_FILLERS = {
    "of", "in", "data", "response", "odata", "charged", "billed", "billable", "estimated", "estimate", "approx",
    "approximate", "full", "exact",
}  # fmt: skip
_NOT_OF_ROWS = {
    "max", "maximum", "min", "minimum", "limit", "limits", "cap", "per", "page", "pages", "size", "first", "last",
    "start", "from", "offset", "skip", "take", "top", "requested", "request", "remaining", "left", "ms", "seconds",
    "version", "id", "hidden", "removed",
}  # fmt: skip
"""With one of these a name that speaks of rows is of a bound, a place or something else."""
CONTENT_RANGE = re.compile(r"(?:(?P<first>\d+)\s*-\s*(?P<last>\d+)|\*)\s*/\s*(?P<total>\d+|\*)")


def is_count(one: Statement, also: frozenset[str] = frozenset()) -> bool:
    """Whether its name is that of a count of rows, or of what `also` names."""
    if not one.is_about_page or one.is_echo or one.source:  # what is counted by source is added up
        return False
    words = one.words - _FILLERS
    if is_by_source(one.value):
        return words <= ROW_WORDS | _COUNTS | _BY_SOURCE
    if type(one.value) is int and words & _ROWS and not words & _NOT_OF_ROWS:
        return True
    return words <= ROW_WORDS | _COUNTS | also and bool(words & (_ROWS | _COUNTS) - _NEED_A_NOUN)


def is_total(one: Statement) -> bool:
    """Whether a count may be of all rows of the question, not of this page alone."""
    return bool(one.words & _TOTALS)


def numbers_in(value: Any) -> list[int] | None:
    """The whole numbers of a count, bare or by its parts; None where it is not a count."""
    if isinstance(value, dict):
        parts = (_counted_in(one) if isinstance(one, dict) else one for one in value.values())
        return [number for one in parts if (number := whole(one)) is not None] or None
    number = whole(value)
    return None if number is None else [number]


def _counted_in(part: dict[str, Any]) -> Any:
    """The first count of rows in what is said of one source; None without one."""
    names = (name for name in part if set(key_of(name).split("_")) <= ROW_WORDS | _COUNTS)
    return next((part[name] for name in names), None)


def wrong_counts(
    said: Sequence[Statement], rows: int, rows_before: int, *, more_to_come: bool
) -> Iterator[tuple[Statement, str]]:
    """Counts that are not those of the rows, each with what is wrong.

    A total may count the page or the whole chain; at the chain's end it must be one of them.
    """
    for one in said:
        if one.path == "content-range" and _names_other_rows(str(one.value), rows):
            yield one, f"the answer says {one.shown}, but {rows} rows arrived"
            continue
        if one.holds_rows:
            yield one, f"rows stand in {one.path}, beside `data`"
            continue
        if not is_count(one) or one.value in (None, "", {}, []):
            continue
        if isinstance(one.value, list):
            yield one, f"rows stand in {one.path}, beside `data`"
        elif not _agrees(one, rows, rows_before, more_to_come=more_to_come):
            yield one, f"the answer says {_shown(one)}, but {rows} rows arrived"


def _names_other_rows(content_range: str, rows: int) -> bool:
    """Whether a Content-Range of rows, not of bytes, is of another number of them."""
    found = None if content_range.startswith("bytes") else CONTENT_RANGE.search(content_range)
    return found is not None and bool(found["first"]) and float(found["last"]) - float(found["first"]) + 1 != rows


def _agrees(one: Statement, rows: int, rows_before: int, *, more_to_come: bool) -> bool:
    if isinstance(one.value, bool):
        return True  # a flag, judged as such
    numbers = numbers_in(one.value)
    if numbers is None:  # what is said of each source speaks for itself
        return isinstance(one.value, dict) and all(isinstance(part, dict) for part in one.value.values())
    so_far = rows_before + rows
    right = {rows, so_far} if is_total(one) else {rows}
    if sum(numbers) in right or set(numbers) <= right:
        return True
    return is_total(one) and more_to_come and min(numbers) >= so_far


def _shown(one: Statement) -> str:
    return one.shown if not isinstance(one.value, dict) else f"{one.path[:80]!r} = {str(one.value)[:80]}"
