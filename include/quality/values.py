"""Reads one JSON value in any spelling that the vendor may use."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from datetime import timedelta
from enum import IntEnum

from include.domain.clock import EPOCH, iso, parse_instant, read_instant

MICROSECOND = timedelta(microseconds=1)


class ParseStatus(IntEnum):
    """How the parsing of a field ended."""

    VALUE = 0
    MISSING = 1
    UNREADABLE = 2
    NOT_FINITE = 3
    NO_OBJECT = 4
    REPEATED_KEY = 5

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", " ")


def read_number(value: object) -> tuple[float | None, ParseStatus]:
    """Reads a JSON number or a numeric text (behaviour 19); true and false are not numbers."""
    if value is None:
        return None, ParseStatus.MISSING
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
        return None, ParseStatus.UNREADABLE
    try:
        number = float(value)
    except OverflowError:
        return None, ParseStatus.NOT_FINITE
    except ValueError:
        return None, ParseStatus.UNREADABLE
    return (number, ParseStatus.VALUE) if math.isfinite(number) else (None, ParseStatus.NOT_FINITE)


def read_microseconds(text: str) -> int | None:
    """Reads a text as microseconds since the Unix epoch; None when it is not an instant."""
    try:
        return (parse_instant(text) - EPOCH) // MICROSECOND
    except ValueError:
        return None


def timestamp_text(value: object) -> str | None:
    """The text of a timestamp field; a number that is Unix time becomes ISO 8601, None stays None."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError):
            return iso(read_instant(value))
    return field_text(value)


def field_text(value: object) -> str | None:
    """The text of a field as received, a value of another type as its JSON; None stays None."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "backslashreplace").decode()
