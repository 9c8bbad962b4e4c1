"""One landed page to columns: typed and fast, and row by row where the page holds anything odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa

from include.quality.raw import raw_rows, read_row
from include.quality.values import Reading, field_text, read_number, timestamp_text

NumberField = Literal["open_interest", "open_interest_usd"]
NUMBER_FIELDS: tuple[NumberField, ...] = ("open_interest", "open_interest_usd")


class Row(msgspec.Struct, gc=False):
    """A row as the page promises it, every field optional; unknown fields are ignored (behaviour 18)."""

    timestamp: str | None = None
    symbol: str | None = None
    source: str | None = None
    interval: str | None = None
    open_interest: float | str | None = None
    open_interest_usd: float | str | None = None


class _Page(msgspec.Struct):
    data: list[Row]


_PAGE = msgspec.json.Decoder(_Page)
_ROW = msgspec.json.Decoder(Row)


class Oddity(NamedTuple):
    """A field of a row that holds no value for another reason than being absent."""

    row: int
    field: NumberField | Literal["row"]
    reading: Reading


@dataclass(frozen=True, slots=True)
class PageColumns:
    """A page by columns: texts as received (epoch numbers as ISO 8601), numbers as float64, null where none.

    A page without rows has no columns.
    """

    rows: int
    texts: dict[str, Any]
    numbers: dict[NumberField, Any]
    oddities: list[Oddity]


def decode_page(body: bytes, page_path: str) -> PageColumns:
    """Reads a page's rows; BodyUnreadable when the body holds no list of rows at all."""
    oddities: list[Oddity] = []
    try:
        rows = _PAGE.decode(body).data
    except (ValueError, RecursionError):
        rows = [_read(raw, i, oddities) for i, raw in enumerate(raw_rows(body, page_path))]
    if not rows:
        return PageColumns(0, {}, {}, [])  # no arrays: building one imports pandas, for an empty page in vain
    texts = {
        "timestamp": pa.array([row.timestamp for row in rows], pa.string()),
        "symbol": pa.array([row.symbol for row in rows], pa.string()),
        "source": pa.array([row.source for row in rows], pa.string()),
        "interval": pa.array([row.interval for row in rows], pa.string()),
    }
    numbers = {
        "open_interest": [row.open_interest for row in rows],
        "open_interest_usd": [row.open_interest_usd for row in rows],
    }
    columns = {field: _numbers(field, numbers[field], oddities) for field in NUMBER_FIELDS}
    return PageColumns(len(rows), texts, columns, oddities)


def _numbers(field: NumberField, values: Sequence[float | str | None], oddities: list[Oddity]) -> Any:
    try:
        return pa.array(values, pa.float64())
    except pa.ArrowInvalid:  # some are texts
        return pa.array([_number(value, i, field, oddities) for i, value in enumerate(values)], pa.float64())


def _read(raw: bytes, i: int, oddities: list[Oddity]) -> Row:
    try:
        return _ROW.decode(raw)
    except (ValueError, RecursionError):
        return _read_loosely(read_row(raw), i, oddities)


def _read_loosely(row: object, i: int, oddities: list[Oddity]) -> Row:
    if not isinstance(row, dict):
        oddities.append(Oddity(i, "row", Reading.NO_OBJECT))
        return Row()
    return Row(
        timestamp_text(row.get("timestamp")),
        field_text(row.get("symbol")),
        field_text(row.get("source")),
        field_text(row.get("interval")),
        *(_number(row.get(field), i, field, oddities) for field in NUMBER_FIELDS),
    )


def _number(value: object, i: int, field: NumberField, oddities: list[Oddity]) -> float | None:
    number, reading = read_number(value)
    if reading not in (Reading.VALUE, Reading.MISSING):
        oddities.append(Oddity(i, field, reading))
    return number
