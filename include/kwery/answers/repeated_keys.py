"""Keys that a JSON object repeats: readers keep one of the values without a word, so such an object proves nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from include.domain.errors import Signal
from include.kwery.answers.lenient_json import members, read_int

Pairs = list[tuple[str, Any]]

_QUOTE, _COLON, _BACKSLASH, _BLANK = b'":\\ '
_BEFORE_ROWS = re.compile(rb'"data"[ \t\r\n]*:[ \t\r\n]*')


class _Found(Signal):
    """Ends a reading at the first repeated key."""


def repeated_key(text: bytes) -> str | None:
    """The first key that an object repeats, at any depth, escapes undone; None when none does, or it is no JSON."""
    try:
        json.loads(_decoded(text), object_pairs_hook=_refuse_repeats, parse_int=read_int)
    except _Found as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None


def repeated_key_beside_rows(body: bytes, data: msgspec.Raw | None) -> str | None:
    """The first key that an answer repeats outside its rows; None without one, or in an answer without rows.

    `data` is the last `data` of a body of strict JSON; None for any other body.
    """
    if data is None:
        return _repeated_leniently(body)
    rows = bytes(data)
    before = _BEFORE_ROWS.search(body)
    at = before.end() if before and body.startswith(rows, before.end()) else body.find(rows)
    return repeated_key(body[:at] + b"null" + body[at + len(rows) :])


def members_if_repeated(row: bytes) -> Pairs | None:
    """All members of a row that repeats a key at any depth, in order; None when it repeats none."""
    if repeated_key(row) is None:
        return None
    pairs: Pairs = json.loads(_decoded(row), object_pairs_hook=list, parse_int=read_int)
    return pairs if isinstance(pairs, list) else []


def may_repeat_keys(text: msgspec.Raw, keys: int) -> bool:
    """False when a valid JSON text, whose objects have `keys` distinct keys in all, certainly repeats none.

    Counts at the speed of memory what looks like a key. A text that begins with a colon looks like one too, so that
    the count is never too low; where escapes or blanks before a colon could make it so, the answer is True.
    """
    import numpy as np

    signs = np.frombuffer(text, np.uint8)
    quotes, after = signs[:-1] == _QUOTE, signs[1:]
    if (signs == _BACKSLASH).any() or (quotes & (after <= _BLANK)).any():
        return True
    return int(np.count_nonzero(quotes & (after == _COLON))) != keys


def _repeated_leniently(body: bytes) -> str | None:
    text = _decoded(body)
    seen: set[str] = set()
    try:
        for key, start, end in members(text):
            inner = None if key == "data" else repeated_key(text[start:end].encode("utf-8", "surrogateescape"))
            if key in seen or inner is not None:
                return inner or key
            seen.add(key)
    except (ValueError, IndexError, RecursionError):
        return None
    return None


def _refuse_repeats(pairs: Sequence[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _Found(key)
        seen.add(key)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8-sig", "surrogateescape")
