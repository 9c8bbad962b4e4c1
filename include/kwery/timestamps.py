"""Reading the instants of a page's rows, without judging the rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from include.clock import parse_instant


class _Row(msgspec.Struct):
    timestamp: Any = None


class _Envelope(msgspec.Struct):
    data: list[_Row]


_DECODER = msgspec.json.Decoder(_Envelope)


def row_instants(body: bytes) -> list[datetime]:
    """The readable timestamps of a page in the order received; rows without one are passed over."""
    try:
        rows = _DECODER.decode(body).data
    except msgspec.DecodeError:
        return []
    return [instant for row in rows if (instant := _read(row.timestamp)) is not None]


def _read(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except ValueError:
        return None
