"""What a run is asked to make whole, and in whose name it spends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from include.clock import utc_now
from include.kwery.contract import Interval, Series
from include.settings import Lane, Settings


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Who spends: a run of a lane, with its own cap (None: only the budgets bound it).

    `one_process` tells that the process that plans also reads, so that its end is the end of the run.
    """

    run_id: str
    lane: Lane
    max_credits: int | None = None
    one_process: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """Every series of the symbols, sources and intervals over `[start, end)`."""

    symbols: tuple[str, ...]
    sources: tuple[str, ...]
    intervals: tuple[Interval, ...]
    start: datetime
    end: datetime
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Symbols that are wanted on fewer sources than the rest."""
    heal_before: datetime | None = None
    """Time before this is only healed: holes and late rows, newest first, within `budget.heal_credits`."""

    @property
    def series(self) -> tuple[Series, ...]:
        only = dict(self.only)
        return tuple(
            Series(symbol, source, interval)
            for symbol in self.symbols
            for interval in self.intervals
            for source in self.sources
            if source in only.get(symbol, self.sources)
        )


def scope_of(
    settings: Settings,
    *,
    start: datetime,
    end: datetime,
    intervals: Sequence[Interval] | None = None,
    symbols: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    heal_before: datetime | None = None,
) -> Scope:
    """The settings' series over `[start, end)`, narrowed where asked.

    Raises ValueError when `start` is not before `end` or when nothing is left to want.
    """
    if start >= end:
        raise ValueError(f"the range is empty: --from {start.isoformat()} must lie before --to {end.isoformat()}")
    wanted = settings.series
    scope = Scope(
        symbols=tuple(symbols or wanted.symbols),
        sources=tuple(sources or wanted.sources),
        intervals=tuple(intervals or wanted.intervals),
        start=start,
        end=end,
        heal_before=heal_before,
        only=() if sources else tuple((symbol, tuple(found)) for symbol, found in wanted.only.items()),
    )
    if not scope.series:
        raise ValueError("no series is left: `series.only` excludes every source that was asked for")
    return scope


def all_series(settings: Settings) -> list[Series]:
    """Every series that the settings want."""
    wanted = settings.series
    return [
        Series(symbol, source, interval)
        for symbol in wanted.symbols
        for source in wanted.sources_of(symbol)
        for interval in wanted.intervals
    ]


def new_run_id(prefix: str) -> str:
    """A run id that sorts by time: `load-20260307T041500-1a2b3c`."""
    return f"{prefix}-{utc_now():%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
