"""Reading where a page's rows lie in time, without judging the rows."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from include.domain.clock import read_instant
from include.kwery.answers.lenient_json import DECODER
from include.kwery.answers.repeated_keys import repeated_key
from include.kwery.answers.row_texts import row_texts


class RowPosition(NamedTuple):
    """A row's instant (UTC) and the source that it names."""

    instant: datetime
    source: str | None


def row_positions(body: bytes) -> list[RowPosition]:
    """The rows of a page in the order received; those that do not say once when they are, readably, are passed over."""
    try:
        texts = row_texts(body)
    except ValueError:
        return []
    read = (position_of(text) for text in texts)
    return [position for position in read if position is not None]


def position_of(text: bytes) -> RowPosition | None:
    """The place of one row; None where it does not say once when it is, readably."""
    try:
        row = DECODER.decode(text.decode("utf-8", "replace"))
        if not isinstance(row, dict) or repeated_key(text) is not None:
            return None
        return RowPosition(read_instant(row.get("timestamp")), row.get("source"))
    except (ValueError, RecursionError):
        return None
