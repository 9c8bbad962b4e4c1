"""What the vendor sells: sources, intervals, series and streams (the API's page)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from include.domain.clock import EPOCH
from include.domain.dataset import Dataset
from include.domain.display import shown_line

LONGEST_NAME = 500
"""Characters of a symbol, or of its name: a longer one fits in no index of PostgreSQL."""
KALSHI = "kalshi"
"""The source that may have rows of several contracts at one instant."""
SOURCES = ("binance_futures", "hyperliquid", KALSHI)


class Interval(StrEnum):
    """An aggregation interval; its grid is counted from the Unix epoch, so 1d falls on 00:00 UTC."""

    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Reads an interval as any generation of the vendor spells it (`24h` is `1d`); ValueError lists the known."""
        try:
            return cls(INTERVAL_ALIASES.get(text, text))
        except ValueError:
            raise ValueError(f"interval {text!r} is not one of {', '.join(cls)}") from None

    @property
    def step(self) -> timedelta:
        return INTERVAL_STEPS[self._value_]  # asked millions of times in a plan of thousands of symbols

    @property
    def seconds(self) -> int:
        return INTERVAL_SECONDS[self._value_]

    def floor(self, instant: datetime) -> datetime:
        """The grid point at or before `instant`."""
        return instant - (instant - EPOCH) % self.step

    def ceil(self, instant: datetime) -> datetime:
        """The grid point at or after `instant`."""
        return instant + (EPOCH - instant) % self.step

    def points(self, start: datetime, end: datetime) -> int:
        """How many grid points lie in `[start, end)`."""
        return max(0, (self.ceil(end) - self.ceil(start)) // self.step)


INTERVAL_SECONDS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}


INTERVAL_STEPS = {interval: timedelta(seconds=seconds) for interval, seconds in INTERVAL_SECONDS.items()}


INTERVAL_ALIASES = {"24h": "1d"}


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One (symbol, source, interval)."""

    symbol: str
    source: str
    interval: Interval

    @property
    def label(self) -> str:
        return shown_line(f"{self.symbol} {self.source} {self.interval}")


@dataclass(frozen=True, slots=True)
class Stream:
    """What one request is for: one symbol, one interval, one source or (None) all of them, of one dataset."""

    symbol: str
    interval: Interval
    source: str | None = None
    dataset: Dataset = Dataset.OPEN_INTEREST

    @property
    def label(self) -> str:
        of_dataset = "" if self.dataset is Dataset.OPEN_INTEREST else f" {self.dataset}"
        return shown_line(f"{self.symbol} {self.source or 'all sources'} {self.interval}{of_dataset}")
