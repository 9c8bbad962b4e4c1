"""An answer's rows as the exact texts received."""

from __future__ import annotations

from codecs import BOM_UTF8

import msgspec

from include.kwery.answers.lenient_json import elements, members


class _RawPage(msgspec.Struct):
    data: list[msgspec.Raw]


_RAW = msgspec.json.Decoder(_RawPage)


def row_texts(body: bytes) -> list[bytes]:
    """The text of each entry of `data`, in order; ValueError, which says why, when the body has no such list.

    Literals that JSON does not know (NaN, Infinity) are tolerated: they spoil their row, not the page.
    """
    try:
        return [bytes(row) for row in _RAW.decode(body).data]
    except (ValueError, RecursionError):
        return _scanned(body)


def _scanned(body: bytes) -> list[bytes]:
    try:
        rows = _data_entries(body.removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError, IndexError) as error:
        raise ValueError(str(error) or type(error).__name__) from None
    return [row.encode("utf-8", "surrogateescape") for row in rows]


def _data_entries(text: str) -> list[str]:
    entries: list[str] | None = None
    for key, start, _ in members(text):
        if key == "data":
            entries = [text[a:b] for a, b in elements(text, start)]
    if entries is None:
        raise ValueError("it has no `data`")
    return entries
