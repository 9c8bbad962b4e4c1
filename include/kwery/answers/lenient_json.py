"""JSON that strict readers refuse (NaN, Infinity, a byte order mark), member by member with the place of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

LONGEST_INT_DIGITS = 400
"""Longer integers are read as floats: they are infinite anyway, and Python refuses to convert thousands of digits."""


def members(text: str) -> Iterator[tuple[str, int, int]]:
    """Each member of the top-level object, repeated ones too: its key, where its value begins and where it ends.

    Raises ValueError, IndexError or RecursionError where the text is not an object.
    """
    at = _expect(text, _skip(text, 0), "{")
    while text[at] != "}":
        key, at = DECODER.raw_decode(text, at)
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        at = DECODER.raw_decode(text, start)[1]
        yield str(key), start, at
        at = _next(text, at, "}")
    if _skip(text, at + 1) != len(text):
        raise ValueError(f"there is more after its end, at character {at + 1}")


def elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where each element of the array at `start` begins and ends; raises as `members` does."""
    at = _expect(text, start, "[")
    while text[at] != "]":
        start = at
        at = DECODER.raw_decode(text, start)[1]
        yield start, at
        at = _next(text, at, "]")


def _next(text: str, at: int, closing: str) -> int:
    """Where the next entry begins, or the closing bracket."""
    at = _skip(text, at)
    return at if text[at] == closing else _expect(text, at, ",")


def _expect(text: str, at: int, mark: str) -> int:
    if text[at] != mark:
        raise ValueError(f"{mark!r} was expected at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def read_int(digits: str) -> int | float:
    """An integer of any length; infinity where no float holds it."""
    return int(digits) if len(digits) < LONGEST_INT_DIGITS else float(digits)


def loads(text: str) -> Any:
    """A JSON text as Python has it, integers of any length included. Raises ValueError or RecursionError."""
    return DECODER.decode(text)


DECODER = json.JSONDecoder(parse_int=read_int)
