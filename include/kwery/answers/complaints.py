"""Finds the statements by which an answer is incomplete or wrong, by their name, their value or their text.

They are judged by kind, since no list of names is complete:

- a field whose name speaks of an error, a cut or something missing complains unless its value says no;
- a field that should say yes (`success`, `complete`) complains where it says no;
- a state (`status`, `data_quality`) complains unless its value is known to be good;
- a share (`completeness`, `"40%"`) complains unless it is whole;
- a message complains unless it is known to be good, any other text where it speaks of less than all;
- a sentence complains unless it is known to be good, or stands where sentences say nothing of the rows;
- a flag complains unless its name is known: one that says yes, and in the body one that says no. Other unknown fields
  are harmless (behaviour 18).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from include.kwery.answers.counts import is_count
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.statements import Statement, denies, figure, is_no, is_yes, key_of

_GOOD = {
    "ok", "success", "successful", "succeeded", "complete", "completed", "done", "finished", "healthy", "up", "live",
    "final", "full", "good", "normal", "ready", "fresh", "active", "true", "yes", "200", "200 ok", "info", "open",
    "high", "excellent", "best", "verified", "official", "production", "operational", "available",
}  # fmt: skip
_FINISHED = {"complete", "completed", "done", "finished"}
_ERROR_ROOTS = (
    "error", "exception", "fail", "fault", "problem", "warn", "invalid", "denied", "refus", "unsupported", "unauthor",
    "forbid", "restrict", "throttl", "ratelimited", "exceed", "reject", "withheld",
)  # fmt: skip
_PARTIAL_ROOTS = (
    "partial", "incomplete", "degraded", "unavailable", "timeout", "timedout", "missing", "skipped", "omitted",
    "dropped", "unfinished", "aborted", "interrupted", "stale", "delayed", "backfill", "pending", "progress",
    "maintenance", "outage", "sampled", "retryafter", "suppressed", "redacted", "excluded", "unprocessed",
    "unreachable", "purged", "decimated",
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
HELD_BACK_ROOTS = ("truncat", "capped")
_YES_EXPECTED = {
    "success", "succeeded", "successful", "ok", "complete", "completed", "completeness", "valid", "healthy", "full",
    "whole", "fresh", "available", "reliable", "accurate", "authoritative", "trusted", "exhaustive", "entire",
    "everything", "consistent", "ready", "synced", "found", "exists", "supported", "known", "entitled", "authorized",
    "authorised", "allowed", "permitted", "covered", "responded", "online", "connected",
}  # fmt: skip
_COMPLETE = {"complete", "completed", "completeness"}
_STATE_WORDS = {"status", "state", "outcome", "verdict", "quality", "health", "reliability"}
_STATES = {
    "result", "code", "http_code", "status_code", "response_code", "return_code", "result_code", "exit_code",
    "ret_code", "retcode", "rc", "errno",
}  # fmt: skip
_SHARES = {"percent", "pct", "percentage", "completeness", "coverage", "progress", "quality", "sampling", "confidence"}
_OF_THE_ACCOUNT = {"credit", "credits", "quota", "usage", "used", "budget", "fee", "discount", "rate", "cpu", "memory"}
_BAD_STATES = {
    "down", "offline", "unreachable", "lagging", "behind", "broken", "dead", "suspended", "blocked", "disabled",
    "paused", "stopped", "halted", "poor", "demo", "mock", "mocked", "sandbox", "sample", "synthetic", "simulated",
    "dummy", "placeholder", "preview", "teaser", "trial", "reindexing", "rebuilding", "recomputing", "migrating",
}  # fmt: skip
_ACCOUNT_NAMES = {"plan", "tier", "subscription"}
_ERROR_WORDS = {
    "err", "issue", "issues", "incident", "incidents", "alert", "alerts", "violation", "violations", "anomaly",
    "anomalies", "corrupt", "corrupted",
}  # fmt: skip
_LACK_WORDS = {
    "gap", "gaps", "hole", "holes", "hidden", "filtered", "unknown", "ignored", "unrecognized", "unrecognised",
    "discarded", "removed", "deleted", "lost", "unapplied", "absent", "retry",
}  # fmt: skip
_OF_ALL = ("total", "expected", "requested", "queried")
_SUCCEEDED = {"successful", "succeeded", "ok", "completed", "done", "finished", "responded", "answered", "up"}
_MESSAGES = {
    "message", "msg", "detail", "details", "reason", "explanation", "remark", "notice", "advisory", "advice", "hint",
    "comment",
}  # fmt: skip
_NOTES = {"note", "notes", "info", "information"}
_SAYS_NOTHING_OF_ROWS = {
    "attribution", "license", "licence", "copyright", "terms", "disclaimer", "description", "descriptions", "unit",
    "units", "schema", "fields", "columns", "definition", "definitions", "legal", "support", "title", "methodology",
}  # fmt: skip
"""Sentences in a field of such a name, or inside one, are about something else."""
_MARKET_WORDS = {"market", "trading", "exchange", "symbol", "cache"}
"""States of these say nothing of the answer."""
_NAMES = {"symbol", "symbols", "source", "sources", "interval", "intervals", "cursor", "id", "slug", "market", "ticker"}
_ADDRESSES = {"url", "uri", "href", "link", "links", "name", "label", "docs"}
_NO_SENTENCES = _NAMES | _ADDRESSES
_CACHE_WORDS = {"cache", "cached"}
_KEPT = re.compile(r"hit|stale|kept|updating|^(true|yes|1)$")
_CACHE_HITS = {"cache_hit", "cache_hits"}
_KNOWN_FLAGS = _YES_EXPECTED | {
    "authenticated", "live", "realtime", "closed", "final", "exact", "sorted", "ascending", "descending",
    "asc", "desc", "beta", "deprecated", "enabled", "compressed", "has", "is", "prev", "previous", "first",
    "last", "done", "end", "eof", "finished", "exhausted", "no", "more", "next", "data", "page", "pages", "row", "rows",
    "result", "results", "record", "records", "response", "request", "of", "all",
}  # fmt: skip
"""A flag made of these words says nothing against an answer, or is judged as paging."""
_GOOD_WHEN_FALSE = _CACHE_WORDS | {
    "limited", "limit", "hit", "preview", "sandbox", "demo", "mock", "mocked", "test", "trial", "synthetic",
    "simulated", "estimated", "estimate", "approximate", "interpolated", "extrapolated", "filled", "adjusted",
    "modified", "reduced", "frozen", "locked", "expired", "archived", "delisted", "halted", "suspended", "empty",
    "debug", "dry", "run", "early", "terminated", "only", "blocked", "disabled", "down", "offline", "experimental",
    "legacy", "internal", "streaming", "anonymous", "replayed", "duplicated", "duplicates", "retried", "retryable",
    "provisional", "preliminary", "unconfirmed", "unverified", "revised", "restated", "corrected", "fallback",
    "failover", "paginated",
}  # fmt: skip
"""A flag that holds one of these words, or one that speaks of an error or a cut, is good where it says no."""
_KNOWN_TRAILERS = {"", "server-timing", "content-digest", "repr-digest"}
_CHOICES = ("include", "includes", "included", "with", "show")
"""A flag that begins so repeats what was requested."""
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_NO_PARTS = _OF_THE_ACCOUNT | {"page", "pages", "request", "requests", "limit", "limits"}
"""Words of a name under which `3/20` says what is used of a bound, or which page it is."""
_WORD = re.compile(r"[^\W\d_]{2,}")
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
_SPEAKS_OF_LESS = re.compile(
    r"\bnot (?:yet )?(?:complete|all|available|ready|final|found|fully|every|authori[sz]ed|allowed)|\bcould not\b"
    r"|\bcannot\b|\bunable\b|\bonly (?:part|some|a )|\bleft out\b|\btry again\b|\btry later\b|\bretry\b|\bcut\b"
    r"|\bsubset\b|\bsome (?:rows|data)\b|\blimited to\b|\blimit reached\b|\brate[ -]limit|\btoo many\b|\bquota\b"
    r"|\b\d+ (?:out )?of (?:the )?\d+\b|\bfirst \d+\b|\blimited\b|\bstill\b|\bloading\b|\bbehind\b"
    r"|\blags?\b|\blagging\b"
    r"|\bexpired\b|\bignored?\b|\badjusted\b|\breduced\b|\btimed out\b|\bmore (?:rows|data)\b|\bupgrade\b|\bdeadline\b"
)


def complaints(said: Sequence[Statement]) -> Iterator[tuple[Doubt, Statement]]:
    """Each statement by which the answer is incomplete or wrong, with its doubt."""
    has_age = any(one.path == "age" for one in said)
    for one in said:
        doubt = complaint(one)
        if doubt is None and one.is_about_page and one.words & _CACHE_WORDS and not has_age and _is_kept(one):
            doubt = Doubt.FROM_CACHE
        if doubt is not None:
            yield doubt, one


def complaint(one: Statement) -> Doubt | None:
    """The doubt of a statement that names an error, a warning, or something incomplete; else None."""
    if _counts_fewer(one.value):
        return Doubt.INCOMPLETE
    share = _share(one)
    if share is not None:
        return None if share in (1, 100) else Doubt.INCOMPLETE
    by_name = _roots(one.key.replace("_", ""))
    if by_name is not None and not is_no(one.value) and not _has_ended_well(by_name, one.value):
        return by_name
    if one.words & _LACK_WORDS and not is_no(one.value):
        return Doubt.INCOMPLETE
    if one.words & _ERROR_WORDS and not is_no(one.value):
        return Doubt.ERROR_NAMED
    if one.words & _YES_EXPECTED and denies(one.value) and not _is_zero_rows(one):
        return Doubt.INCOMPLETE if one.words & _COMPLETE else Doubt.ERROR_NAMED
    if _is_state(one) and not _is_good_state(one.value):
        return Doubt.ERROR_NAMED
    if (_is_message(one) or _is_sentence(one)) and not _is_good_text(one.value):
        return Doubt.ERROR_NAMED
    if _is_unknown_flag(one) or _announces_trailers(one):
        return Doubt.UNKNOWN_FLAG
    return _by_text(one)


def _share(one: Statement) -> float | None:
    """The part of a whole that a statement names, 1 or 100 for all of it; None where it names none."""
    is_percent = isinstance(one.value, str) and one.value.strip().endswith("%")
    if one.words & _OF_THE_ACCOUNT or not (one.words & (_SHARES | _COMPLETE) or (is_percent and one.is_about_page)):
        return None
    return figure(one.value)


def _counts_fewer(value: Any) -> bool:
    """Whether it counts parts of the work, and not all of them succeeded: `"shards": {"total": 5, "successful": 4}`."""
    if not isinstance(value, dict):
        return False
    total = next((figure(value[name]) for name in _OF_ALL if name in value), None)
    if total is None:
        return False
    done = [figure(value[name]) for name in _SUCCEEDED if name in value]
    return any(one is not None and one < total for one in done)


def _roots(text: str) -> Doubt | None:
    text = text.replace("default", "")  # which holds "fault"
    return next((doubt for doubt, roots in _DOUBTS_BY_ROOT if roots.search(text)), None)


def _has_ended_well(doubt: Doubt, value: Any) -> bool:
    """Whether what was in progress has come to its end: `"backfill": "complete"`."""
    return doubt is Doubt.INCOMPLETE and isinstance(value, str) and value.strip().casefold() in _FINISHED


def _is_zero_rows(one: Statement) -> bool:
    """Whether it counts that there are no rows, such as `"found": 0`; a count is judged as such."""
    return is_count(one) and not isinstance(one.value, bool) and figure(one.value) == 0


def _is_state(one: Statement) -> bool:
    if one.key in _STATES:
        return True
    return bool(one.words & _STATE_WORDS) and not one.words & _MARKET_WORDS


def _is_good_state(value: Any) -> bool:
    if isinstance(value, dict | list):  # what is inside speaks for itself
        return True
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in _GOOD | {""}:
        return True
    return value is None or figure(value) in (0, 1, 200)


def _is_good_text(value: Any) -> bool:
    if is_no(value):
        return True
    if not isinstance(value, str):
        return isinstance(value, dict | list)  # what is inside speaks for itself
    text = _NEGATED.sub(" ", value.casefold())
    return text.strip().rstrip(".!") in _GOOD or not re.search(r"\w", text)


def _announces_trailers(one: Statement) -> bool:
    """Whether fields follow the body that are not read, such as an error that the server met while it sent rows."""
    return one.path == "trailer" and not set(str(one.value).casefold().replace(" ", "").split(",")) <= _KNOWN_TRAILERS


def _is_message(one: Statement) -> bool:
    is_reason = "reason" in one.words or one.key in _MESSAGES
    return one.is_about_page and is_reason


def _is_sentence(one: Statement) -> bool:
    """Whether it is a text of several words that may speak of the rows, in whatever language."""
    if one.is_header or not isinstance(one.value, str) or " " not in one.value or one.words & _NO_SENTENCES:
        return False
    about = {word for part in one.path.split(".") for word in key_of(part).split("_")}
    words = [] if _DATE.fullmatch(one.value.casefold()) else [word for word in one.value.split() if _WORD.search(word)]
    return len(words) >= (2 if about & _NOTES else 3) and not about & _SAYS_NOTHING_OF_ROWS


def _is_unknown_flag(one: Statement) -> bool:
    """Whether it is a flag of unknown meaning: `"tier_limited": true`, or in the body `"canonical": false`."""
    says_no = one.value is False and not one.is_header
    if not (says_no or is_yes(one.value)) or not one.is_about_page or one.is_echo or one.key.startswith(_CHOICES):
        return False
    if any(root in one.key for root in HELD_BACK_ROOTS) or one.words & _CACHE_WORDS or one.words <= _KNOWN_FLAGS:
        return False
    if says_no:
        is_good = one.words & (_GOOD_WHEN_FALSE | _LACK_WORDS | _ERROR_WORDS | {"more", "next", "prev"})
        return not is_good and _roots(one.key.replace("_", "")) is None
    return True


def _is_kept(one: Statement) -> bool:
    if one.key in _CACHE_HITS and (figure(one.value) or 0) > 0:
        return True
    if "enabled" in one.words:  # as a setting of the server
        return False
    return one.value is True or (isinstance(one.value, str) and _KEPT.search(one.value.strip().casefold()) is not None)


def _by_text(one: Statement) -> Doubt | None:
    """What a text speaks of, wherever it stands; names, addresses and cursors are not sentences."""
    if not isinstance(one.value, str) or one.words & _NO_SENTENCES or _is_token(one):
        return None
    text = _NEGATED.sub(" ", one.value.casefold())
    fraction = _FRACTION.fullmatch(text.strip())
    if fraction is not None and float(fraction[1]) < float(fraction[2]) and not one.words & _NO_PARTS:
        return Doubt.INCOMPLETE
    found = _roots(text) or (Doubt.INCOMPLETE if any(root in text for root in HELD_BACK_ROOTS) else None)
    if found is None and not one.words & (_MARKET_WORDS | _ACCOUNT_NAMES) and text.strip() in _PHRASES | _BAD_STATES:
        return Doubt.ERROR_NAMED
    return found or (Doubt.INCOMPLETE if _SPEAKS_OF_LESS.search(text) else None)


def _is_token(one: Statement) -> bool:
    """Headers are short tokens, but for a warning; so are addresses, and a cursor may hold any letters."""
    if one.key == "warning":
        return False
    address = str(one.value).startswith(("/", "http://", "https://")) and " " not in str(one.value)
    return address or one.is_header or "next" in one.words or "token" in one.words
