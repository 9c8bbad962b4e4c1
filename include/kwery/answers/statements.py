"""What an answer says of itself beside its rows, whatever generation of the vendor spelt it.

Every field outside `data`, however deep, and every header of the vendor's own is one statement: a name and a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from include.kwery.answers.doubts import Doubt

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ABOUT_PAGE = {"meta", "request", "query", "params", "parameters", "pagination", "paging", "page", "page_info", "range"}
"""Objects whose fields speak of the answer as a whole."""
_NO = {"", "0", "false", "no", "off", "none", "null", "nil", "n/a", "-", "never"}
_GOOD = _NO | {
    "ok", "success", "successful", "succeeded", "complete", "completed", "done", "healthy", "up", "live", "final",
    "full", "good", "normal", "ready", "fresh", "active", "true", "yes", "200", "200 ok", "info",
}  # fmt: skip
_ERROR_ROOTS = ("error", "exception", "fail", "fault", "problem", "warn", "invalid", "denied", "refus", "unsupported")
_PARTIAL_ROOTS = (
    "partial", "incomplete", "degraded", "unavailable", "timeout", "timedout", "missing", "skipped", "omitted",
    "dropped", "unfinished", "aborted", "interrupted", "stale", "delayed", "backfill", "pending", "progress",
    "maintenance", "outage",
)  # fmt: skip
_CUT_ROOTS = ("clamp", "clip", "shortened")
_HELD_BACK_ROOTS = ("truncat", "capped")
_POSITIVE = {"success", "succeeded", "successful", "ok", "complete", "completed", "completeness", "valid", "healthy"}
_STATES = {"status", "state", "result", "outcome", "code"}
_TEXTS = {"message", "detail", "details"}
"""Where this vendor puts the text of an error (contract section 8)."""
_NAMES = {"symbol", "symbols", "source", "sources", "interval", "intervals", "cursor", "id", "slug", "market", "ticker"}
_ADDRESSES = {"url", "uri", "href", "link", "links", "name", "label", "docs"}
_NEGATED = re.compile(
    r"\b(?:no|without|zero|0)\s+(?:\w+\s+)?(?:errors?|warnings?|failures?|problems?|exceptions?)\b"
    r"|\bno(?:thing|\s+rows?|\s+data)?\s+(?:is\s+|was\s+|were\s+|are\s+)?(?:missing|skipped|omitted|dropped|pending)\b"
    r"|\bnot\s+(?:truncated|partial|clamped|clipped|capped|degraded|delayed|incomplete|stale)\b"
)
_SPEAKS_OF_LESS = re.compile(
    r"\bnot (?:yet )?(?:complete|all|available|ready|final|found|fully|every)|\bcould not\b|\bcannot\b|\bunable\b"
    r"|\bonly (?:part|some|a )|\bleft out\b|\btry again\b|\bretry\b|\bcut\b|\bsubset\b|\bsome (?:rows|data)\b"
    r"|\blimited to\b|\bexceed|\bexpired\b|\bignored?\b|\badjusted\b|\breduced\b|\btimed out\b|\bmore (?:rows|data)\b"
)
_MOST_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Statement:
    """One field outside the rows, or one header. `key` is its name in snake case; `path` is where it stands."""

    path: str
    key: str
    value: Any
    is_about_page: bool

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.key.split("_"))

    @property
    def shown(self) -> str:
        shown = f"{str(self.value)[:80]!r}" if not isinstance(self.value, dict | list) else "something"
        return f"{self.path[:80]!r} = {shown}"

    @property
    def holds_rows(self) -> bool:
        """Whether it is an object with the fields of a row."""
        return isinstance(self.value, dict) and not {"open_interest", "timestamp"}.isdisjoint(self.value)


def statements_of(body: bytes, headers: Mapping[str, str]) -> list[Statement]:
    """All statements of an answer; `headers` have lower-case names."""
    return statements_in(_fields(body), headers)


def statements_in(fields: Mapping[str, Any], headers: Mapping[str, str]) -> list[Statement]:
    """As `statements_of`, of fields that are decoded."""
    found: list[Statement] = []
    for name, value in fields.items():
        found += _walk(name, value, "", True)
    for name, text in headers.items():
        if name == "warning" or name == "link" or name.startswith("x-"):
            found.append(Statement(name, _key(name.removeprefix("x-")), text, True))
    return found


def is_no(value: Any, depth: int = 0) -> bool:
    """Whether a value says nothing, or no: null, false, 0, an empty text, or a list or object of nothing else."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return depth < _MOST_DEPTH and all(is_no(one, depth + 1) for one in inside)
    return value is None or value == 0 or (isinstance(value, str) and value.strip().casefold() in _NO)


def complaint(one: Statement) -> Doubt | None:
    """The doubt of a statement that names an error, a warning, or something incomplete; else None."""
    by_name = _roots(one.key.replace("_", ""))
    if by_name is not None and not is_no(one.value):
        return by_name
    if one.words & _POSITIVE and _denies(one.value):
        return Doubt.INCOMPLETE if one.words & {"complete", "completed", "completeness"} else Doubt.ERROR_NAMED
    if one.key in _STATES and not _is_good_state(one.value):
        return Doubt.ERROR_NAMED
    if one.path in _TEXTS and not _is_good_text(one.value):
        return Doubt.ERROR_NAMED
    return _by_text(one)


def promises_more(one: Statement) -> bool:
    """Whether it says that there are more rows than on this page."""
    more = bool(one.words & {"more"}) or any(root in one.key for root in _HELD_BACK_ROOTS)
    if more and not is_no(one.value):
        return True
    if one.key in ("pages", "total_pages", "page_count") and _number(one.value) > 1:
        return True
    if "remaining" in one.words and one.words & {"rows", "results", "records"} and not is_no(one.value):
        return True
    return bool(one.words & {"last", "done", "exhausted", "finished"}) and one.value is False


def names_next_page(one: Statement) -> bool:
    """Whether it leads to a next page in another way than by the cursor."""
    if one.key == "link":
        return re.search(r"rel\s*=\s*\W?next\b", str(one.value)) is not None
    return "next" in one.words and not is_no(one.value)


def _walk(name: str, value: Any, path: str, about_page: bool, depth: int = 0) -> Iterator[Statement]:
    """The statement of a field and of all inside it; text inside a list has the list's name."""
    here = f"{path}.{name}" if path else name
    if not isinstance(value, dict) or not _is_section(name, about_page):
        yield Statement(here, _key(name), value, about_page)
    if depth >= _MOST_DEPTH:
        return
    if isinstance(value, dict):
        inside = about_page and _key(name) in _ABOUT_PAGE
        for key, one in value.items():
            yield from _walk(key, one, here, inside, depth + 1)
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict | list):
                yield from _walk(name, one, path, False, depth + 1)
            elif isinstance(one, str):
                yield Statement(here, _key(name), one, False)


def _is_section(name: str, about_page: bool) -> bool:
    return about_page and _key(name) in _ABOUT_PAGE


def _fields(body: bytes) -> dict[str, Any]:
    """The object's fields but for `data`; a body that no strict reader takes is read as `decode` does."""
    try:
        raw = _FIELDS.decode(body)
        return {name: msgspec.json.decode(value) for name, value in raw.items() if name != "data"}
    except (ValueError, RecursionError):
        pass
    try:
        value = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return {"error": "the body cannot be read"}
    return {name: one for name, one in value.items() if name != "data"} if isinstance(value, dict) else {}


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    """`hasMore`, `has-more` and `Has More` are `has_more`."""
    return "_".join(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name))


def _roots(text: str) -> Doubt | None:
    if any(root in text for root in _CUT_ROOTS):
        return Doubt.RANGE_CUT
    if any(root in text for root in _PARTIAL_ROOTS):
        return Doubt.INCOMPLETE
    return Doubt.ERROR_NAMED if any(root in text for root in _ERROR_ROOTS) else None


def _denies(value: Any) -> bool:
    """Whether the value of a field that should say yes says no, or less than all; null says nothing."""
    if isinstance(value, str):
        return value.strip().casefold() in _NO - {""}
    return value is False or (isinstance(value, int | float) and not isinstance(value, bool) and value < 1)


def _is_good_state(value: Any) -> bool:
    if isinstance(value, dict | list):  # what is inside speaks for itself
        return True
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.strip().casefold() in _GOOD
    return value is None or value in (0, 1, 200) or is_no(value)


def _is_good_text(value: Any) -> bool:
    return is_no(value) or (isinstance(value, str) and value.strip().rstrip(".!").casefold() in _GOOD)


def _by_text(one: Statement) -> Doubt | None:
    """What a text speaks of, wherever it stands; names, addresses and cursors are no sentences."""
    if not isinstance(one.value, str) or one.words & (_NAMES | _ADDRESSES) or _is_token(one):
        return None
    text = _NEGATED.sub(" ", one.value.casefold())
    found = _roots(text) or (Doubt.INCOMPLETE if any(root in text for root in _HELD_BACK_ROOTS) else None)
    return found or (Doubt.INCOMPLETE if _SPEAKS_OF_LESS.search(text) else None)


def _is_token(one: Statement) -> bool:
    """Headers are short tokens, but for a warning; so are addresses, and a cursor may hold any letters."""
    if one.key == "warning":
        return False
    address = str(one.value).startswith(("/", "http://", "https://")) and " " not in str(one.value)
    return address or one.path.startswith("x-") or one.path == "link" or "next" in one.words


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
