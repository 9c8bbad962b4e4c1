"""What an answer says of itself beside its rows, in whatever words a version of the vendor's API uses.

Every field outside `data`, however deep, and every header but HTTP's own is one statement: a name and a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from include.domain.market import SOURCES
from include.kwery.answers.lenient_json import loads
from include.kwery.answers.rows_apart import take_apart

_ECHOES = {
    "request", "requested", "query", "params", "parameters", "filter", "filters", "input", "inputs", "args",
    "arguments", "criteria", "selection",
}  # fmt: skip
SPANS = {
    "range", "ranges", "window", "windows", "period", "periods", "span", "spans", "bounds", "extent", "extents",
    "segments", "coverage", "availability",
}  # fmt: skip
"""Words of a field that holds stretches of time."""
_SECTIONS = _ECHOES | {
    "meta", "metadata", "response", "envelope", "info", "context", "page", "pages", "paging", "pagination", "paginator",
    "cursor", "cursors", "range", "ranges", "time", "date", "window", "period", "span", "bounds", "effective", "actual",
    "coverage", "covered", "availability", "extent", "served", "history", "instrument", "asset", "market", "contract",
    "product", "pair",
}  # fmt: skip
"""An object whose name consists of these words speaks of the answer as a whole. Others, such as `stats`, `counts` or
`series`, may count something else."""
_HTTP_HEADERS = {
    "date", "server", "connection", "keep-alive", "proxy-connection", "upgrade", "via", "vary", "allow", "location",
    "transfer-encoding", "te", "etag", "last-modified", "expires", "cache-control", "pragma", "accept-ranges",
    "accept-ch", "critical-ch", "alt-svc", "set-cookie", "server-timing", "timing-allow-origin", "traceparent",
    "tracestate", "baggage", "p3p", "nel", "report-to", "reporting-endpoints", "expect-ct", "priority",
    "strict-transport-security", "referrer-policy", "permissions-policy", "feature-policy", "origin-agent-cluster",
    "clear-site-data", "deprecation", "sunset", "digest", "repr-digest", "signature", "signature-input",
    "www-authenticate", "proxy-authenticate", "preference-applied", "surrogate-control", "surrogate-key",
    "x-permitted-cross-domain-policies", "x-frame-options", "x-content-type-options", "x-xss-protection",
    "x-download-options", "x-dns-prefetch-control", "x-robots-tag", "x-ua-compatible", "x-powered-by",
    "arr-disable-session-affinity", "persistent-auth", "content-type", "content-length", "content-encoding",
    "content-language", "content-disposition", "content-digest", "content-md5", "content-dpr", "content-style-type",
    "content-script-type", "content-transfer-encoding",
}  # fmt: skip
"""Headers that say nothing of the rows, whatever their value; so do those that begin as follows."""
_HTTP_PREFIXES = (
    "content-security-", "access-control-", "cross-origin-", "ratelimit", "cf-", "cdn-", "sec-", "fly-", "fastly-",
    "x-b3-",
)  # fmt: skip
_JUDGED_HEADERS = {"cf-cache-status", "cdn-cache"}
"""Those that do say something, though their names begin so."""
_NO = {"", "0", "false", "no", "off", "none", "null", "nil", "n/a", "nan", "-", "never", "?0"}
_YES = {"true", "yes", "on", "?1"}
_NO_FLAGS = {"false", "no", "off", "?0"}
BOUND_WORDS = {"inclusive", "exclusive"}
"""Words of a flag that says whether an end belongs to the range."""
_VALUE_NAMES = {"open_interest", "oi", "open_interest_usd", "sum_open_interest"}
_ROW_NAMES = _VALUE_NAMES | {"timestamp"}
_NUMBERS_OF_NO_ROW = SPANS | {
    "gaps", "limit", "limits", "rate", "rates", "version", "versions", "size", "sizes", "page", "pages", "timing",
    "timings", "id", "ids", "code", "codes", "credits", "percentiles", "quantiles",
}  # fmt: skip
"""A list of numbers under such a name holds no values; under any other it may."""
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d")
_TABLE_TEXT = re.compile(r"\n[^\n]*\d[^\n]*[,;\t|]")
"""A line after the first that holds a figure and a separator of columns."""
BY_SOURCE_WORDS = {"source", "sources", "per", "by"}
"""A name of these alone says nothing of what stands in it under each source."""
_IN_PARTS = re.compile(r"multipart|ndjson|jsonl|lines|json-seq|event-stream|json-stream|csv")
"""Kinds of bodies that consist of parts, each of which may be read as a whole answer."""
_MOST_DEPTH = 32


@dataclass(frozen=True)
class Statement:
    """One field outside the rows, or one header. `key` is its name in snake case; `path` is where it stands.

    `is_about_page` is False inside objects that may speak of something else; `is_echo` is True inside those that repeat
    the question. `source` is the one under whose name it stands.
    """

    path: str
    key: str
    value: Any
    is_about_page: bool
    is_echo: bool = False
    is_header: bool = False
    source: str | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of(self.key)

    @property
    def shown(self) -> str:
        shown = f"{str(self.value)[:80]!r}" if not isinstance(self.value, dict | list) else "something"
        return f"{self.path[:80]!r} = {shown}"

    @property
    def holds_rows(self) -> bool:
        """Whether it holds values that belong into `data`: those of a row, a table, or a column of numbers."""
        if isinstance(self.value, list):
            return self._is_table or (self.key == "data" and bool(self.value))
        if isinstance(self.value, dict):
            is_row = any(key_of(name) in _ROW_NAMES and not _is_word(one) for name, one in self.value.items())
            return is_row or any(_is_moment(name) and figure(one) for name, one in self.value.items())
        if isinstance(self.value, str) and "\n" in self.value:
            return _TABLE_TEXT.search(self.value) is not None
        return self.is_about_page and self.key in _VALUE_NAMES and figure(self.value) is not None

    @property
    def _is_table(self) -> bool:
        if any(_is_row(one) or _is_timed(one) for one in self.value):
            return not self.words & (SPANS | {"gaps"})
        is_column = any(figure(one) is not None for one in self.value) or bool(self.value and self.key == "timestamps")
        return is_column and not self.words & _NUMBERS_OF_NO_ROW


def statements_of(body: bytes, headers: Mapping[str, str]) -> list[Statement]:
    """All statements of an answer; `headers` have lower-case names."""
    return statements_in(_fields(body), headers)


def statements_in(fields: Mapping[str, Any], headers: Mapping[str, str]) -> list[Statement]:
    """As `statements_of`, of fields that are decoded."""
    found: list[Statement] = []
    for name, value in fields.items():
        found += _walk(name, value, Statement("", "", None, True))
    for name, text in headers.items():
        if _is_judged(name):
            found += _said_by_header(name, text)
    kind = headers.get("content-type", "").casefold()
    if "problem" in kind:
        found.append(Statement("content-type", "problem", kind, True, is_header=True))
    elif _IN_PARTS.search(kind):  # of which one came, or was read
        found.append(Statement("content-type", "partial", kind, True, is_header=True))
    return found


@lru_cache(maxsize=256)
def _is_judged(header: str) -> bool:
    if header in _JUDGED_HEADERS:
        return True
    return header not in _HTTP_HEADERS and not header.startswith(_HTTP_PREFIXES)


def is_by_source(value: Any) -> bool:
    """Whether it is an object whose every name is that of a source, in any spelling."""
    return isinstance(value, dict) and bool(value) and all(key_of(name) in SOURCES for name in value)


def is_no(value: Any, depth: int = 0) -> bool:
    """Whether a value says nothing, or no: null, false, 0, an empty text, or a list or object of nothing else."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return depth < _MOST_DEPTH and all(is_no(one, depth + 1) for one in inside)
    return value is None or value == 0 or (isinstance(value, str) and value.strip().casefold() in _NO)


def is_yes(value: Any) -> bool:
    """Whether a flag says yes, as JSON or as text; a number is not a flag. Each server on the way may add a text."""
    return value is True or (isinstance(value, str) and not _YES.isdisjoint(_parts(value)))


def says_no(value: Any) -> bool:
    """Whether a flag says no, as JSON or as text; unlike `is_no`, not by an empty value or a number."""
    return value is False or (isinstance(value, str) and _NO_FLAGS.issuperset(_parts(value)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.casefold().split(",")]


def denies(value: Any) -> bool:
    """Whether the value of a field that should say yes says no, or less than all; null says nothing."""
    if isinstance(value, str):
        return value.strip().casefold() in _NO - {""} | {"n", "f"}
    return value is False or (isinstance(value, int | float) and not isinstance(value, bool) and value < 1)


def figure(value: Any) -> float | None:
    """A number, or a text of one with or without a percent sign; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value.strip().removesuffix("%") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None


def whole(value: Any) -> int | None:
    """A count, from a number or its text; None for any other value."""
    number = None if isinstance(value, str) and "%" in value else figure(value)
    try:
        return int(number) if number is not None and number == int(number) else None
    except (ValueError, OverflowError):
        return None


def _is_row(value: Any) -> bool:
    """Whether it is a list of several values, but for one of words alone, such as the name and type of a column."""
    return isinstance(value, list) and len(value) > 1 and not all(map(_is_word, value))


def _is_timed(value: Any) -> bool:
    """Whether it is an object of one moment and other figures, as a row is."""
    if not isinstance(value, dict):
        return False
    moments = [name for name, one in value.items() if _is_moment(one)]
    return len(moments) == 1 and any(figure(one) is not None for name, one in value.items() if name not in moments)


def _is_moment(value: Any) -> bool:
    """Whether a value is a time of day on a date, or Unix time of a size that no count has."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    number = figure(value)
    if number is not None:
        return 1e9 <= number < 1e19
    return _DATE_AND_TIME.match(str(value)) is not None


def _is_word(value: Any) -> bool:
    """Whether a value is a text without a digit, such as the name of a unit."""
    return isinstance(value, str) and bool(value) and not any(sign.isdigit() for sign in value)


def _said_by_header(name: str, text: str) -> Iterator[Statement]:
    """One statement, or those of the object that a header holds, as JSON or as `page=1; pages=3`."""
    key = key_of(name.removeprefix("x-"))
    if len(same := {part.strip() for part in text.split(",")}) == 1:  # each server on the way may repeat it
        text = same.pop()
    parameters = [part.partition("=") for part in re.split("[;,]", text)] if words_of(key) <= _SECTIONS else []
    if parameters and all(sign for _, sign, _ in parameters):
        value: Any = {inner.strip(): one.strip() for inner, _, one in parameters}
    else:
        value = _unfolded(text)
    if value is text:
        yield Statement(name, key, text, True, is_header=True)
    else:
        yield from _walk(name, value, Statement("", "", None, True))


def _walk(name: str, value: Any, above: Statement, depth: int = 0) -> Iterator[Statement]:
    """The statement of a field and of all inside it; text inside a list has the list's name."""
    key = key_of(name.removeprefix("x-"))
    words = words_of(key)
    value = _unfolded(value)
    if isinstance(value, list) and len(value) == 1 and words <= _SECTIONS and isinstance(value[0], dict):
        value = value[0]
    is_section = above.is_about_page and isinstance(value, dict) and words <= _SECTIONS
    here = Statement(
        f"{above.path}.{name}" if above.path else name,
        key,
        value,
        above.is_about_page,
        above.is_echo or (is_section and bool(words & _ECHOES)),
        source=key if key in SOURCES else above.source,
    )
    if not is_section:
        yield here
    if depth >= _MOST_DEPTH:
        return
    if isinstance(value, dict):
        is_open = is_section or (above.is_about_page and (is_by_source(value) or key in SOURCES))
        inside = replace(here, value=None, is_about_page=is_open)
        for inner, one in value.items():
            if key_of(inner) in SOURCES and not isinstance(one, dict | list):
                # The name around it says what it is; the source's own name does not.
                if not words <= BY_SOURCE_WORDS:
                    yield replace(here, path=f"{here.path}.{inner}", value=one, source=key_of(inner))
                yield from _walk(inner, one, replace(inside, is_about_page=is_section), depth + 1)
            else:
                yield from _walk(inner, one, inside, depth + 1)
    elif isinstance(value, list):
        outside = Statement(above.path, above.key, None, False, here.is_echo, source=here.source)
        for one in value:
            if isinstance(one, dict | list):
                yield from _walk(name, one, outside, depth + 1)
            elif isinstance(one, str):
                yield Statement(here.path, key, one, False, here.is_echo)


def _unfolded(value: Any) -> Any:
    """The object or list whose JSON a text is; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        found = loads(value)
    except (ValueError, RecursionError):
        return value
    return found


def _fields(body: bytes) -> dict[str, Any]:
    """The object's fields but for `data`; a body that no strict reader takes is read as `decode` does."""
    apart = take_apart(body)
    if apart is not None:
        return apart.fields
    try:
        value = loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return {"error": "the body cannot be read"}
    return {name: one for name, one in value.items() if name != "data"} if isinstance(value, dict) else {}


@lru_cache(maxsize=1024)
def words_of(key: str) -> frozenset[str]:
    return frozenset(key.split("_"))


@lru_cache(maxsize=1024)
def key_of(name: str) -> str:
    """`hasMore`, `has-more`, `Has More` and `hydra:hasMore` are `has_more`."""
    plain = name.rpartition(":")[2]
    return "_".join(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", plain))
