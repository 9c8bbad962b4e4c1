"""Reading the instants of a page's rows, without judging the rows."""

from __future__ import annotations

import json
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
        stamps = [row.timestamp for row in _DECODER.decode(body).data]
    except msgspec.DecodeError:
        stamps = [row.get("timestamp") for row in _loose_rows(body) if isinstance(row, dict)]
    return [instant for stamp in stamps if (instant := _read(stamp)) is not None]


def _loose_rows(body: bytes) -> list[Any]:
    """The rows of a body that strict JSON refuses, such as one with NaN in it."""
    try:
        return list(json.loads(body)["data"])
    except (ValueError, KeyError, TypeError):
        return []


def _read(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except ValueError:
        return None
