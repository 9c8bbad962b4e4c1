"""A page's rows as the exact texts received."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator

import msgspec

from include.quality.errors import BodyUnreadable

LONGEST_INT_DIGITS = 400
"""Longer integers are read as floats: they are infinite anyway, and Python refuses to convert thousands of digits."""


class _RawPage(msgspec.Struct):
    data: list[msgspec.Raw]


_RAW = msgspec.json.Decoder(_RawPage)


def raw_rows(body: bytes, page_path: str) -> list[bytes]:
    """The text of each entry of `data`, in order; BodyUnreadable when the body has no such list.

    Literals that JSON does not know (NaN, Infinity) are tolerated: they spoil their row, not the page.
    """
    try:
        return [bytes(row) for row in _RAW.decode(body).data]
    except (ValueError, RecursionError):
        return _scan(body, page_path)


def _scan(body: bytes, page_path: str) -> list[bytes]:
    try:
        rows = _data_entries(body.removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError, IndexError) as error:
        raise BodyUnreadable(page_path, str(error) or type(error).__name__) from None
    return [row.encode("utf-8", "surrogateescape") for row in rows]


def _data_entries(text: str) -> list[str]:
    entries: list[str] | None = None
    for key, start in _members(text):
        if key == "data":
            entries = [text[a:b] for a, b in _elements(text, start)]
    if entries is None:
        raise ValueError("it has no `data`")
    return entries


def _members(text: str) -> Iterator[tuple[str, int]]:
    """Each member of the top-level object: its key and where its value begins."""
    at = _expect(text, _skip(text, 0), "{")
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        at = _DECODER.raw_decode(text, start)[1]
        yield str(key), start
        at = _next(text, at, "}")
    if _skip(text, at + 1) != len(text):
        raise ValueError(f"there is more after its end, at character {at + 1}")


def _elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    at = _expect(text, start, "[")
    while text[at] != "]":
        start = at
        at = _DECODER.raw_decode(text, start)[1]
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


def _read_int(digits: str) -> int | float:
    return int(digits) if len(digits) < LONGEST_INT_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_int=_read_int)


def read_row(raw: bytes) -> object:
    """The value of one raw row, read tolerantly; None when even that fails."""
    try:
        return _DECODER.decode(raw.decode())
    except (ValueError, RecursionError):
        return None
