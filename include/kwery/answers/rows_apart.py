"""An answer of strict JSON, taken apart into its rows and the fields beside them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from include.kwery.answers.repeated_keys import repeated_key, repeated_key_beside_rows

_BLANKS = rb"[ \t\r\n]*"
_BEFORE_ROWS = re.compile(_BLANKS.join((b"", rb"\{", b'"data"', b":", b"")))
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_FIELDS = msgspec.json.Decoder(dict[str, Any])
_UNREAD_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Apart(NamedTuple):
    """How many rows an answer has and how long they are, its other fields, and the first key that those repeat."""

    rows: int
    row_bytes: int
    fields: dict[str, Any]
    repeated_key: str | None


def take_apart(body: bytes) -> Apart | None:
    """None for a body that is not strict JSON, or has no list under `data`."""
    return _with_rows_first(body) or _with_rows_anywhere(body)


def _with_rows_first(body: bytes) -> Apart | None:
    """In one walk over the rows, where they come first and nothing after them looks like their end."""
    before, end = _BEFORE_ROWS.match(body), body.rfind(b"}]") + len(b"}]")
    if before is None or end <= before.end():
        return None
    start = before.end()
    try:
        # A value ends where it ends, whatever follows: what begins here and is a list is all of `data`.
        rows = len(_ROWS.decode(memoryview(body)[start:end]))
        beside = body[:start] + b"null" + body[end:]
        fields = _FIELDS.decode(beside)
    except _REFUSED:
        return None
    del fields["data"]
    return Apart(rows, end - start, fields, repeated_key(beside))


def _with_rows_anywhere(body: bytes) -> Apart | None:
    try:
        unread = _UNREAD_FIELDS.decode(body)
        data = unread.pop("data", msgspec.Raw(b"null"))
        rows = len(_ROWS.decode(data))
        fields = {name: msgspec.json.decode(value) for name, value in unread.items()}
    except _REFUSED:
        return None
    return Apart(rows, len(data), fields, repeated_key_beside_rows(body, data))
