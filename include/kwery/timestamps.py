"""Reading where a page's rows lie in time, without judging the rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from include.clock import read_instant


class RowPosition(NamedTuple):
    """A row's instant (UTC) and the source that it names."""

    instant: datetime
    source: str | None


class _Row(msgspec.Struct):
    timestamp: Any = None
    source: Any = None


class _Envelope(msgspec.Struct):
    data: list[_Row]


_DECODER = msgspec.json.Decoder(_Envelope)


def row_positions(body: bytes) -> list[RowPosition]:
    """The rows of a page in the order received; those without a readable timestamp are passed over."""
    try:
        rows = _DECODER.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        rows = _loose_rows(body)
    read = ((_instant(row.timestamp), row.source) for row in rows)
    return [RowPosition(instant, source) for instant, source in read if instant is not None]


def _loose_rows(body: bytes) -> list[_Row]:
    """The rows of a body that strict JSON refuses, such as one with NaN in it."""
    try:
        rows = json.loads(body.decode("utf-8-sig", "replace"))["data"]
        return [_Row(row.get("timestamp"), row.get("source")) for row in rows if isinstance(row, dict)]
    except (ValueError, KeyError, TypeError):
        return []


def _instant(value: Any) -> datetime | None:
    try:
        return read_instant(value)
    except ValueError:
        return None
