"""Finds the statements by which an answer is incomplete or wrong, by their name, their value or their text.

They are judged by kind, since no list of names is complete:

- a field whose name speaks of an error, a cut or something missing complains unless its value says no;
- a field that should say yes (`success`, `complete`) complains where it says no;
- a state (`status`, `data_quality`) complains unless its value is known to be good;
- a share (`completeness`, `"40%"`) complains unless it is whole;
- a message complains unless it is known to be good, any other text where it speaks of less than all;
- a sentence complains unless it is known to be good, or stands where sentences say nothing of the rows;
- a flag complains unless its name is known: one that says yes, and in the body one that says no;
- a word or two in the body complain unless they are known to be good, or their name is of form or of the service;
- a name in another script complains unless its value says no. Other unknown fields are harmless (behaviour 18);
- a count of parts complains that is below a count of all beside it (`"files": 5, "files_read": 3`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from include.kwery.answers.counts import ROW_WORDS, is_count
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.sentences import (
    GOOD_TEXTS,
    HELD_BACK_ROOTS,
    MARKET_WORDS,
    NAMES,
    OF_THE_ACCOUNT,
    doubt_by_root,
    doubt_of_text,
    is_address,
    is_good_text,
    is_sentence,
    is_unknown_word,
)
from include.kwery.answers.statements import (
    BOUND_WORDS,
    Statement,
    denies,
    figure,
    is_no,
    is_yes,
    key_of,
    says_no,
    words_of,
)

_FINISHED = {"complete", "completed", "done", "finished"}
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
    "ret_code", "retcode", "rc", "errno", "http", "backend_code", "upstream_code", "origin_code",
}  # fmt: skip
_SHARES = {"percent", "pct", "percentage", "completeness", "coverage", "progress", "quality", "sampling", "confidence"}
_FRACTIONS = {"ratio", "fraction", "share", "proportion", "recall", "fill", "score", "trust", "sample"}
"""Words of a share only where the number lies between 0 and 1."""
_ERROR_WORDS = {
    "err", "issue", "issues", "incident", "incidents", "alert", "alerts", "violation", "violations", "anomaly",
    "anomalies", "corrupt", "corrupted",
}  # fmt: skip
_LACK_WORDS = {
    "gap", "gaps", "hole", "holes", "hidden", "filtered", "unknown", "ignored", "unrecognized", "unrecognised",
    "discarded", "removed", "deleted", "lost", "unapplied", "absent", "retry", "down", "offline", "masked", "blurred",
    "locked", "paywalled",
}  # fmt: skip
_OF_ALL = {"total", "expected", "requested", "queried", "all", "of", "planned"}
_DONE = {
    "successful", "succeeded", "ok", "completed", "done", "finished", "responded", "answered", "up", "read", "served",
    "processed", "loaded", "covered", "present",
}  # fmt: skip
_NO_PARTS_OF_WORK = ROW_WORDS | OF_THE_ACCOUNT | {
    "page", "pages", "time", "ms", "s", "seconds", "bytes", "duration", "cost",
}  # fmt: skip
"""Counts of these are judged elsewhere, or measure something."""
_OF_NO_ROWS = {"cache", "compression", "market"}
"""A share of these is no part of the rows."""
_MESSAGES = {
    "message", "msg", "detail", "details", "reason", "explanation", "remark", "notice", "advisory", "advice", "hint",
    "comment",
}  # fmt: skip
_CACHE_WORDS = {"cache", "cached"}
_KEPT = re.compile(r"hit|stale|kept|updating|^(true|yes|1)$")
_CACHE_HITS = {"cache_hit", "cache_hits"}
_KNOWN_FLAGS = _YES_EXPECTED | {
    "authenticated", "live", "realtime", "closed", "final", "exact", "sorted", "ascending", "descending",
    "asc", "desc", "beta", "deprecated", "enabled", "compressed", "has", "is", "prev", "previous", "first",
    "last", "done", "end", "eof", "finished", "exhausted", "no", "more", "next", "data", "page", "pages", "row", "rows",
    "result", "results", "record", "records", "response", "request", "of", "all", "ssl", "tls", "https", "secure",
    "forwarded", *BOUND_WORDS, "start", "verbose", "pretty", "reverse", "reversed", "cacheable", "inverse", "public",
    "private", "premium", "paid", "empty",
}  # fmt: skip
"""A flag made of these words says nothing against an answer, or is judged as paging."""
_GOOD_WHEN_FALSE = _CACHE_WORDS | {
    "limited", "limit", "hit", "preview", "sandbox", "demo", "mock", "mocked", "test", "trial", "synthetic",
    "simulated", "estimated", "estimate", "approximate", "interpolated", "extrapolated", "filled", "adjusted",
    "modified", "reduced", "frozen", "locked", "expired", "archived", "delisted", "halted", "suspended", "empty",
    "debug", "dry", "run", "early", "terminated", "only", "blocked", "disabled", "down", "offline", "experimental",
    "legacy", "internal", "streaming", "anonymous", "replayed", "duplicated", "duplicates", "retried", "retryable",
    "provisional", "preliminary", "unconfirmed", "unverified", "revised", "restated", "corrected", "fallback",
    "failover", "paginated", "testnet", "paper", "raw", "free",
}  # fmt: skip
"""A flag that holds one of these words, or one that speaks of an error or a cut, is good where it says no."""
_ONE_IS_A_NUMBER = {"limit", "limited", "hit", "run", "only", "raw", "free", "paper"}
"""Of those, the ones whose 1 may count something."""
_KNOWN_TRAILERS = {"", "server-timing", "content-digest", "repr-digest"}
_FLAG_LISTS = {"flag", "flags"}
_OF_THE_SERVICE = {
    "feature", "features", "account", "plan", "tier", "subscription", "user", "permissions", "rights", "scopes",
    "settings", "config", "options", "capabilities", "limits", "rate_limits", "schema", "fields", "columns", "units",
    "links", "docs",
}  # fmt: skip
"""Flags inside an object of such a name describe the service, not the answer."""
_CHOICES = ("include", "includes", "included", "with", "show")
"""A flag that begins so repeats what was requested."""


def complaints(said: Sequence[Statement]) -> Iterator[tuple[Doubt, Statement]]:
    """Each statement by which the answer is incomplete or wrong, with its doubt."""
    has_age = any(one.path == "age" for one in said)
    yield from ((Doubt.INCOMPLETE, one) for one in _done_in_part(said))
    for one in said:
        doubt = complaint(one)
        if doubt is None and one.is_about_page and one.words & _CACHE_WORDS and not has_age and _is_kept(one):
            doubt = Doubt.FROM_CACHE
        if doubt is not None:
            yield doubt, one


def complaint(one: Statement) -> Doubt | None:
    """The doubt of a statement that names an error, a warning, or something incomplete; else None."""
    if isinstance(one.value, dict) and _parts_left(one.value):
        return Doubt.INCOMPLETE
    share = _share(one)
    if share is not None:
        return None if share in (1, 100) else Doubt.INCOMPLETE
    by_name = doubt_by_root(one.key.replace("_", ""))
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
    if (_is_message(one) or is_sentence(one)) and not is_good_text(one.value):
        return Doubt.ERROR_NAMED
    if _is_unknown_flag(one) or _announces_trailers(one):
        return Doubt.UNKNOWN_FLAG
    return doubt_of_text(one) or (Doubt.UNKNOWN_FLAG if is_unknown_word(one) or _is_unreadable(one) else None)


def _share(one: Statement) -> float | None:
    """The part of a whole that a statement names, 1 or 100 for all of it; None where it names none."""
    is_percent = isinstance(one.value, str) and one.value.strip().endswith("%")
    is_share = bool(one.words & (_SHARES | _COMPLETE)) or (is_percent and one.is_about_page)
    is_of_account = one.words & OF_THE_ACCOUNT - {"rate"} or {"rate", "limit"} <= one.words
    number = figure(one.value)
    is_fraction = bool(one.words & _FRACTIONS) and number is not None and 0 < number < 1
    if is_of_account or one.words & _OF_NO_ROWS or not (is_share or is_fraction):
        return None
    return number


def _done_in_part(said: Sequence[Statement]) -> Iterator[Statement]:
    """Counts of parts of the work that stand beside a higher count of all: `"files": 5, "files_read": 3`."""
    beside: dict[str, dict[str, Statement]] = {}
    for one in said:
        if one.is_about_page:
            beside.setdefault(one.path.rpartition(".")[0], {})[one.key] = one
    for fields in beside.values():
        left = _parts_left({name: one.value for name, one in fields.items()})
        yield from (fields[name] for name in left if fields[name].words - _DONE)


def _parts_left(fields: Mapping[str, Any]) -> list[str]:
    """The names that count parts of the work of which not all succeeded: `{"total": 5, "successful": 4}`."""
    done: dict[str, frozenset[str]] = {}
    of_all: dict[frozenset[str], float] = {}
    for name, value in fields.items():
        words = words_of(key_of(name))
        number = None if words & _NO_PARTS_OF_WORK else figure(value)
        if number is None:
            continue
        if words & _DONE:
            done[name] = words - _DONE
        else:
            of_all[words - _OF_ALL] = number
    return [name for name, words in done.items() if (figure(fields[name]) or 0) < of_all.get(words, 0)]


def _has_ended_well(doubt: Doubt, value: Any) -> bool:
    """Whether what was in progress has come to its end: `"backfill": "complete"`."""
    return doubt is Doubt.INCOMPLETE and isinstance(value, str) and value.strip().casefold() in _FINISHED


def _is_zero_rows(one: Statement) -> bool:
    """Whether it counts that there are no rows, such as `"found": 0`; a count is judged as such."""
    return is_count(one) and not isinstance(one.value, bool) and figure(one.value) == 0


def _is_state(one: Statement) -> bool:
    if one.key in _STATES:
        return True
    return bool(one.words & _STATE_WORDS) and not one.words & MARKET_WORDS and not is_address(one.value)


def _is_good_state(value: Any) -> bool:
    if isinstance(value, dict | list):  # what is inside speaks for itself
        return True
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in GOOD_TEXTS | {""}:
        return True
    return value is None or figure(value) in (0, 1, 200)


def _announces_trailers(one: Statement) -> bool:
    """Whether fields follow the body that are not read, such as an error that the server met while it sent rows."""
    return one.path == "trailer" and not set(str(one.value).casefold().replace(" ", "").split(",")) <= _KNOWN_TRAILERS


def _is_message(one: Statement) -> bool:
    is_reason = "reason" in one.words or one.key in _MESSAGES
    return one.is_about_page and is_reason


def _is_unknown_flag(one: Statement) -> bool:
    """Whether it is a flag of unknown meaning: `"tier_limited": true`, or in the body `"canonical": false`."""
    if one.words & NAMES:  # of a symbol such as ON
        return False
    if one.key in _FLAG_LISTS and isinstance(one.value, list):
        return not is_no(one.value)
    is_denied = says_no(one.value) and not one.is_header
    is_said = is_denied or is_yes(one.value) or _is_yes_as_one(one)
    if not is_said or one.is_echo or one.key.startswith(_CHOICES) or _is_of_the_service(one):
        return False
    if any(root in one.key for root in HELD_BACK_ROOTS) or one.words & _CACHE_WORDS or one.words <= _KNOWN_FLAGS:
        return False
    if is_denied:
        is_good = one.words & (_GOOD_WHEN_FALSE | _LACK_WORDS | _ERROR_WORDS | {"more", "next", "prev"})
        return not is_good and doubt_by_root(one.key.replace("_", "")) is None
    return True


def _is_yes_as_one(one: Statement) -> bool:
    """Whether a number says yes: `"sandbox": 1`."""
    return figure(one.value) == 1 and bool(one.words & _GOOD_WHEN_FALSE) and not one.words & _ONE_IS_A_NUMBER


def _is_unreadable(one: Statement) -> bool:
    """Whether its name is in another script than the vendor's names, so that its meaning is not known."""
    name = one.path.rpartition(".")[2]
    is_readable = bool(one.key) and name.isascii()
    return not is_readable and not one.is_header and not is_no(one.value) and not isinstance(one.value, dict | list)


def _is_of_the_service(one: Statement) -> bool:
    return any(key_of(part) in _OF_THE_SERVICE for part in one.path.split(".")[:-1])


def _is_kept(one: Statement) -> bool:
    if one.key in _CACHE_HITS and (figure(one.value) or 0) > 0:
        return True
    if "enabled" in one.words:  # as a setting of the server
        return False
    return one.value is True or (isinstance(one.value, str) and _KEPT.search(one.value.strip().casefold()) is not None)
