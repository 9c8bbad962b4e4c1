"""Rows as columns, and as the page's JSON objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from include.simulator.noise import Bools, Floats, Ints

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one series: whole epoch seconds, open interest and USD (NaN where the origin had none)."""

    times: Ints
    open_interest: Floats
    usd: Floats

    def __len__(self) -> int:
        return len(self.times)

    def where(self, chosen: Bools) -> Rows:
        return Rows(self.times[chosen], self.open_interest[chosen], self.usd[chosen])


def row_objects(symbol: str, interval: str, sources: list[str], rows: Rows) -> list[Row]:
    """The page's row objects; `sources` names each row's source. Kalshi's whole contracts are JSON integers."""
    stamps = np.datetime_as_string(rows.times.astype("datetime64[s]")).tolist() if len(rows) else []
    columns = zip(stamps, sources, rows.open_interest.tolist(), rows.usd.tolist(), strict=True)
    return [
        {
            "timestamp": f"{stamp}Z",
            "symbol": symbol,
            "source": source,
            "interval": interval,
            "open_interest": _number(open_interest, source),
            "open_interest_usd": _number(usd, source),
        }
        for stamp, source, open_interest, usd in columns
    ]


def _number(value: float, source: str) -> float | int | None:
    if value != value:
        return None
    return int(value) if source == "kalshi" and value.is_integer() else value
