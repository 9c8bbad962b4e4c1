"""Reads texts in an answer: whether one is good, speaks of an error or of less than all, or is an unknown sentence."""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from include.domain.market import SOURCES
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.statements import Statement, is_no, key_of

GOOD_TEXTS = {
    "ok", "success", "successful", "succeeded", "complete", "completed", "done", "finished", "healthy", "up", "live",
    "final", "full", "good", "normal", "ready", "fresh", "active", "true", "yes", "200", "200 ok", "info", "open",
    "high", "excellent", "best", "verified", "official", "production", "operational", "available",
}  # fmt: skip
_ERROR_ROOTS = (
    "error", "exception", "fail", "fault", "problem", "warn", "invalid", "denied", "refus", "unsupported", "unauthor",
    "forbid", "restrict", "throttl", "ratelimited", "exceed", "reject", "withheld", "panic",
)  # fmt: skip
_PARTIAL_ROOTS = (
    "partial", "incomplete", "degraded", "unavailable", "timeout", "timedout", "missing", "skipped", "omitted",
    "dropped", "unfinished", "aborted", "interrupted", "stale", "delayed", "backfill", "pending", "progress",
    "maintenance", "outage", "sampled", "retryafter", "suppressed", "redacted", "excluded", "unprocessed",
    "unreachable", "purged", "decimat", "downsampl", "thinned", "trimmed", "embargo",
)  # fmt: skip
_CUT_ROOTS = ("clamp", "clip", "shortened")
_DOUBTS_BY_ROOT = tuple(
    (doubt, re.compile("|".join(roots)))
    for doubt, roots in (
        (Doubt.RANGE_CUT, _CUT_ROOTS),
        (Doubt.INCOMPLETE, _PARTIAL_ROOTS),
        (Doubt.ERROR_NAMED, _ERROR_ROOTS),
    )
)
_LONGEST_NAME = 64
"""Characters of a text that is remembered once it is judged."""
HELD_BACK_ROOTS = ("truncat", "capped")
"""In a name they are judged as paging."""
_BAD_STATES = {
    "down", "offline", "unreachable", "lagging", "behind", "broken", "dead", "suspended", "blocked", "disabled",
    "paused", "stopped", "halted", "poor", "demo", "mock", "mocked", "sandbox", "sample", "synthetic", "simulated",
    "dummy", "placeholder", "preview", "teaser", "trial", "reindexing", "rebuilding", "recomputing", "migrating",
}  # fmt: skip
OF_THE_ACCOUNT = {"credit", "credits", "quota", "usage", "used", "budget", "fee", "discount", "rate", "cpu", "memory"}
_ACCOUNT_NAMES = {"plan", "tier", "subscription"}
_NOTES = {"note", "notes", "info", "information"}
_SAYS_NOTHING_OF_ROWS = {
    "attribution", "license", "licence", "copyright", "terms", "disclaimer", "description", "descriptions", "unit",
    "units", "schema", "fields", "columns", "definition", "definitions", "legal", "support", "title", "methodology",
    "aggregation", "order", "sort", "account", "user", "customer", "organization", "organisation", "company", "server",
    "host", "region", *_ACCOUNT_NAMES,
}  # fmt: skip
"""Sentences in a field of such a name, or inside one, are about something else, or names of several words."""
MARKET_WORDS = {"market", "trading", "exchange", "symbol", "cache"}
"""States of these say nothing of the answer."""
NAMES = {"symbol", "symbols", "source", "sources", "interval", "intervals", "cursor", "id", "slug", "market", "ticker"}
_ADDRESSES = {"url", "uri", "href", "link", "links", "name", "label", "docs"}
_NO_SENTENCES = NAMES | _ADDRESSES
_FORM = {
    "format", "encoding", "charset", "compression", "currency", "denomination", "quote", "settlement", "margin", "base",
    "asset", "coin", "pair", "instrument", "underlying", "direction", "method", "language", "lang", "locale", "class",
    "category", "channel", "stream", "codename", "service", "app", "application", "vendor", "provider", "publisher",
    "author", "owner", "contact", "node", "cluster", "zone", "datacenter", "dc", "pod", "instance", "engine", "runtime",
    "hostname", "edge", "via", "origin", "namespace", "model", "auth", "role", "policy", "action", "verb", "operation",
    "op", "billing", "scheme", "protocol", "side", "label", "align", "timezone", "tz", "generator", "build", "commit",
    "algorithm", "exchange", "venue", "dataset", "metric", "field", "column", "series", "key", "relation", "theme",
    "token", "signature", "hash", "checksum", "etag", "digest", "feature", "features", "settings", "config", "options",
    "capabilities", "docs",
}  # fmt: skip
"""Words of names whose values say how the rows are written, or who made them; also those that are judged elsewhere."""
_GOOD_WORDS = {text.replace(" ", "") for text in GOOD_TEXTS} | {source.replace("_", "") for source in SOURCES} | {
    "openinterest", "kwery", "object", "array", "list", "collection", "page", "table", "timeseries", "json", "default",
    "standard", "auto", "any", "all", "asc", "desc", "ascending", "descending", "forward", "backward", "left", "right",
    "utc", "hourly", "daily", "future", "futures", "perpetual", "perpetuals", "derivative", "derivatives", "linear",
    "inverse", "crypto", "historical", "prod", "eq", "miss", "exact", "primary", "stable", "strong", "consistent",
    "closed", "close", "first", "last", "sum", "mean", "average", "free", "public", "read", "unlimited",
}  # fmt: skip
_ONE_OR_TWO_WORDS = re.compile(r"[^\W\d_]{2,}(?:[ _-][^\W\d_]{2,})?")
_PLAIN_WORDS = re.compile(r"[A-Za-z]{3,}(?:[ _-][A-Za-z]+)*")
_LONGEST_CODE = 5
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_NO_PARTS = OF_THE_ACCOUNT | {"page", "pages", "request", "requests", "limit", "limits", "ratelimit"}
"""Words of a name under which `3/20` says what is used of a bound, or which page it is."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]{3}")
"""Languages without blanks between words: Thai, Lao, Japanese and Chinese."""
_DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|am|pm|utc|gmt"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august"
    r"|september|october|november|december|coordinated universal time)\b|[\d\W])+"
)
_PHRASES = {status.phrase.casefold() for status in HTTPStatus if status >= 300}
_NEGATED = re.compile(
    r"\b(?:no|without|zero|0)\s+(?:\w+\s+)?(?:errors?|warnings?|failures?|problems?|exceptions?)\b"
    r"|\bno(?:thing|\s+rows?|\s+data)?\s+(?:is\s+|was\s+|were\s+|are\s+)?(?:missing|skipped|omitted|dropped|pending)\b"
    r"|\bnot\s+(?:truncated|partial|clamped|clipped|capped|degraded|delayed|incomplete|stale)\b"
)
_SAYS_EMPTY = re.compile(
    r"no (?:data|rows?|results?|records?|entries|open interest)"
    r"(?:,? (?:was|were|found|returned|exists?|for|in|within|this|that|the|your|given|requested|range|period|window"
    r"|time|symbol|interval|query|matching|matched))*"
)
"""That there is nothing, as silence says it too; words for a reason are not among these."""
_SPEAKS_OF_LESS = re.compile(
    r"\bnot (?:yet )?(?:complete|all|available|ready|final|found|fully|every|authori[sz]ed|allowed)|\bcould not\b"
    r"|\bcannot\b|\bunable\b|\bonly (?:part|some|a )|\bleft out\b|\btry again\b|\btry later\b|\bretry\b|\bcut\b"
    r"|\bsubset\b|\bsome (?:rows|data)\b|\blimited to\b|\blimit reached\b|\brate[ -]limit|\btoo many\b|\bquota\b"
    r"|\b\d+ (?:out )?of (?:the )?\d+\b|\bfirst \d+\b|\blimited\b|\bstill\b|\bloading\b|\bbehind\b"
    r"|\blags?\b|\blagging\b"
    r"|\bexpired\b|\bignored?\b|\badjusted\b|\breduced\b|\btimed out\b|\bmore (?:rows|data)\b|\bupgrade\b|\bdeadline\b"
)


def doubt_by_root(text: str) -> Doubt | None:
    """What a text in lower case, or a name without its separators, speaks of; None for nothing of the kind."""
    return _doubt_by_root(text) if len(text) <= _LONGEST_NAME else _doubt_by_root.__wrapped__(text)


@lru_cache(maxsize=1024)  # names are the same in every answer
def _doubt_by_root(text: str) -> Doubt | None:
    text = text.replace("default", "")  # which holds "fault"
    return next((doubt for doubt, roots in _DOUBTS_BY_ROOT if roots.search(text)), None)


def is_good_text(value: Any) -> bool:
    """Whether a value says nothing, or in known words that all is well. What an object holds is judged by itself."""
    if is_no(value):
        return True
    if not isinstance(value, str):
        return isinstance(value, dict | list)
    text = _NEGATED.sub(" ", value.casefold()).strip().rstrip(".!")
    return (
        text in GOOD_TEXTS or _SAYS_EMPTY.fullmatch(text) is not None or (text.isascii() and not re.search(r"\w", text))
    )


def is_sentence(one: Statement) -> bool:
    """Whether a statement is a text of several words that may speak of the rows, in whatever language."""
    if one.is_header or not isinstance(one.value, str) or one.words & _NO_SENTENCES:
        return False
    words = sum(1 for word in one.value.split() if _WORD.search(word))
    is_unspaced = _UNSPACED.search(one.value) is not None
    if (words < 2 and not is_unspaced) or _DATE.fullmatch(one.value.casefold()):
        return False
    about = {word for part in one.path.split(".") for word in key_of(part).split("_")}
    return not about & _SAYS_NOTHING_OF_ROWS and (is_unspaced or words >= (2 if about & _NOTES else 3))


def is_unknown_word(one: Statement) -> bool:
    """Whether its value is a word or two, in whatever language, that may say how good the answer is: `"view": "lite"`.

    Codes of upper-case letters are of currencies and the like. What the question repeats is compared elsewhere.
    """
    if one.is_header or one.is_echo or not isinstance(one.value, str):
        return False
    text = one.value.strip()
    is_code = text.isupper() and text.isascii() and len(text) <= _LONGEST_CODE
    if is_code or is_good_text(text) or _ONE_OR_TWO_WORDS.fullmatch(text) is None:
        return False
    about = {word for part in one.path.split(".") for word in key_of(part).split("_")}
    letters = re.sub("[ _-]", "", text.casefold())
    return not about & (_SAYS_NOTHING_OF_ROWS | _NO_SENTENCES | _FORM) and letters not in _GOOD_WORDS


def doubt_of_text(one: Statement) -> Doubt | None:
    """What the text of a statement speaks of, wherever it stands; names, addresses and cursors are not sentences."""
    if not isinstance(one.value, str) or one.words & _NO_SENTENCES or _is_token(one):
        return None
    text = _NEGATED.sub(" ", one.value.casefold())
    fraction = _FRACTION.fullmatch(text.strip())
    if fraction is not None and float(fraction[1]) < float(fraction[2]) and not one.words & _NO_PARTS:
        return Doubt.INCOMPLETE
    found = doubt_by_root(text) or (Doubt.INCOMPLETE if any(root in text for root in HELD_BACK_ROOTS) else None)
    if found is None and not one.words & (MARKET_WORDS | _ACCOUNT_NAMES) and text.strip() in _PHRASES | _BAD_STATES:
        return Doubt.ERROR_NAMED
    return found or (Doubt.INCOMPLETE if _SPEAKS_OF_LESS.search(text) else None)


def is_address(value: Any) -> bool:
    """Whether a value is a URL, or the path of one."""
    return isinstance(value, str) and value.startswith(("/", "http://", "https://")) and " " not in value


def _is_token(one: Statement) -> bool:
    """Headers are tokens, but for a warning or plain words; so are addresses, and a cursor may hold any letters."""
    is_read = one.is_header and (_PLAIN_WORDS.fullmatch(one.value) or _FRACTION.fullmatch(one.value.strip()))
    if one.key == "warning" or is_read:
        return False
    return is_address(one.value) or one.is_header or "next" in one.words or "token" in one.words
