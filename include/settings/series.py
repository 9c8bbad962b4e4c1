"""Section `series`: which symbols, sources and intervals are wanted."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from include.configuration.text import clean_symbol
from include.configuration.unquoted import Text
from include.domain.market import SOURCES, Interval
from include.settings.fields import Count, Days, Section

T = TypeVar("T")


def _symbols(value: list[str]) -> list[str]:
    value = [clean_symbol(symbol) for symbol in value]
    if value and all(symbol.startswith("!") for symbol in value):
        raise ValueError("only takes symbols out; name at least one, or a pattern such as KXFED-*")
    return _unique(value)


def _unique(value: list[T]) -> list[T]:
    if not value:
        raise ValueError("needs at least one entry")
    return list(dict.fromkeys(value))


def _known(sources: list[Text]) -> list[str]:
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown:
        raise ValueError(f"unknown source {', '.join(unknown)}; known are {', '.join(SOURCES)}")
    return sources


Symbols = Annotated[list[Text], AfterValidator(_symbols)]
Sources = Annotated[list[Text], AfterValidator(_known)]


class SymbolGroup(Section):
    """Symbols with other sources or intervals than the rest; an empty list means those of the section."""

    symbols: Symbols
    """Names and patterns, as in `series.symbols`."""
    sources: Sources = []
    """Exchanges of these symbols."""
    intervals: list[Interval] = []
    """Intervals of these symbols."""


class WantedSeries(Section):
    """Every symbol on every source at every interval, unless one of `groups` says otherwise."""

    renamed = {"silent_days": "inactive_days"}

    symbols: Symbols = ["BTC", "ETH", "SOL"]
    """Names, patterns over the vendor's list of symbols (`KXFED-*`), and exclusions from patterns (`!KXFED-2?DEC`)."""
    sources: Annotated[Sources, AfterValidator(_unique)] = list(SOURCES)
    """Exchanges. One request returns all three, so leaving one out saves its rows and no requests."""
    intervals: Annotated[list[Interval], AfterValidator(_unique)] = list(Interval)
    """The hourly DAG loads 5m, 15m and 1h; the daily DAG loads 4h and 1d."""
    groups: list[SymbolGroup] = []
    """The first group that holds a symbol decides its sources and intervals; a name wins over a pattern."""
    listing_hours: int = Field(1, ge=1, le=168)
    """Hours between two reads of the vendor's list of symbols, which is free and read for patterns only.

    Raise it where new symbols of a pattern can wait.
    """
    inactive_days: Days = 7
    """Days without rows before a pattern-matched symbol is considered inactive and no longer requested.

    Raise it for symbols that trade rarely, lower it where many expire.
    """
    refusals: Count = 3
    """Refusals as unknown before a symbol is skipped: until the list changes, or for a day if it is a plain name."""
    derive: bool = False
    """Derives 15m, 1h, 4h and 1d from stored 5m snapshots where the vendor's own values are proven equal.

    About half the price for all five intervals. Without 5m rows nothing is derived.
    """
    derive_proof_buckets: Count = 20
    """Consecutive final buckets that must be compared and equal before a series is derived."""
    derive_proof_days: int = Field(2, ge=1, le=30)
    """Maximum age in days of the newest of these buckets."""
    derive_sample_buckets: int = Field(6, ge=1, le=96)
    """Newest final buckets of each derived interval that the daily DAG buys and compares, a day's at most.

    Raise it to notice a difference earlier; each bucket costs a row.
    """

    @property
    def all_groups(self) -> tuple[SymbolGroup, ...]:
        """Every group with its sources and intervals filled in, those of `groups` first."""
        own = SymbolGroup(symbols=self.symbols, sources=self.sources, intervals=self.intervals)
        others = (
            SymbolGroup(
                symbols=one.symbols,
                sources=one.sources or self.sources,
                intervals=one.intervals or self.intervals,
            )
            for one in self.groups
        )
        return (*others, own)
