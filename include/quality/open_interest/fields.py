"""The fields of a row of open interest."""

from __future__ import annotations

from typing import Literal

import msgspec

NumberField = Literal["open_interest", "open_interest_usd"]
NUMBER_FIELDS: tuple[NumberField, ...] = ("open_interest", "open_interest_usd")


class Row(msgspec.Struct, gc=False):
    """A row as documented, with every field optional; unknown fields are ignored (behaviour 18)."""

    timestamp: str | None = None
    symbol: str | None = None
    source: str | None = None
    interval: str | None = None
    open_interest: float | str | None = None
    open_interest_usd: float | str | None = None


class FullRow(msgspec.Struct, gc=False):
    """A row with every field: the number of keys is known without a look at each."""

    timestamp: str | None
    symbol: str | None
    source: str | None
    interval: str | None
    open_interest: float | str | None
    open_interest_usd: float | str | None
