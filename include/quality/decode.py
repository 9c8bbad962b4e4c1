"""Turns one landed page into columns: typed and fast, and row by row where the page holds anything odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from include.kwery.answers.repeated_keys import Pairs, may_repeat_keys, members_if_repeated
from include.quality.open_interest.fields import NUMBER_FIELDS, FullRow, NumberField, Row
from include.quality.raw import raw_rows, read_row
from include.quality.values import ParseStatus, field_text, read_number, timestamp_text


class _Page(msgspec.Struct):
    data: msgspec.Raw


_PAGE = msgspec.json.Decoder(_Page)
_FULL_ROWS = msgspec.json.Decoder(list[FullRow])
_ROWS = msgspec.json.Decoder(list[Row])
_OBJECTS = msgspec.json.Decoder(list[dict[str, Any]])
_ROW = msgspec.json.Decoder(Row)
_KEY_FIELDS = ("timestamp", "symbol", "source", "interval")


class Oddity(NamedTuple):
    """A field of a row that has no value for another reason than that it is absent."""

    row: int
    field: NumberField | Literal["row"]
    status: ParseStatus


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
    rows = _rows_at_once(body)
    if rows is None:
        rows = [_read(raw, i, oddities) for i, raw in enumerate(raw_rows(body, page_path))]
    if not rows:
        return PageColumns(0, {}, {}, [])  # no arrays: building one imports pandas, which an empty page does not need
    columns = dict(zip(Row.__struct_fields__, zip(*map(astuple, rows), strict=True), strict=True))
    texts = {field: pa.array(columns[field], pa.string()) for field in _KEY_FIELDS}
    numbers = {field: _numbers(field, columns[field], oddities) for field in NUMBER_FIELDS}
    return PageColumns(len(rows), texts, numbers, oddities)


def _rows_at_once(body: bytes) -> Sequence[Row | FullRow] | None:
    """The rows of a page without anything odd; None where each must be read with care."""
    try:
        data = _PAGE.decode(body).data
        full = _full_rows(data)
        if full is not None:
            return full
        keys = sum(map(len, _OBJECTS.decode(data)))
        return None if may_repeat_keys(data, keys) else _ROWS.decode(data)
    except (ValueError, RecursionError):
        return None


def _full_rows(data: msgspec.Raw) -> list[FullRow] | None:
    """The rows where each has exactly the six fields, once: the usual page, and the fastest to check."""
    try:
        rows = _FULL_ROWS.decode(data)
    except msgspec.ValidationError:
        return None
    return None if may_repeat_keys(data, len(rows) * len(FullRow.__struct_fields__)) else rows


def _numbers(field: NumberField, values: Sequence[float | str | None], oddities: list[Oddity]) -> Any:
    try:
        return pa.array(values, pa.float64())
    except pa.ArrowInvalid:  # some are texts
        return pa.array([_number(value, i, field, oddities) for i, value in enumerate(values)], pa.float64())


def _read(raw: bytes, i: int, oddities: list[Oddity]) -> Row:
    members = members_if_repeated(raw)
    if members is not None:
        oddities.append(Oddity(i, "row", ParseStatus.REPEATED_KEY))
        return _placed(members)
    try:
        return _ROW.decode(raw)
    except (ValueError, RecursionError):
        return _read_loosely(read_row(raw), i, oddities)


def _placed(members: Pairs) -> Row:
    """The place of a row that repeats a key, if it names that place once; its values are left out."""
    named = [{timestamp_text(value) for key, value in members if key == field} for field in _KEY_FIELDS]
    if any(len(values) > 1 for values in named):
        return Row()
    return Row(*(next(iter(values), None) for values in named))


def _read_loosely(row: object, i: int, oddities: list[Oddity]) -> Row:
    if not isinstance(row, dict):
        oddities.append(Oddity(i, "row", ParseStatus.NO_OBJECT))
        return Row()
    return Row(
        timestamp_text(row.get("timestamp")),
        field_text(row.get("symbol")),
        field_text(row.get("source")),
        field_text(row.get("interval")),
        *(_number(row.get(field), i, field, oddities) for field in NUMBER_FIELDS),
    )


def _number(value: object, i: int, field: NumberField, oddities: list[Oddity]) -> float | None:
    number, status = read_number(value)
    if status not in (ParseStatus.VALUE, ParseStatus.MISSING):
        oddities.append(Oddity(i, field, status))
    return number
