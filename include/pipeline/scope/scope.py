"""What a run loads, before and after its symbols are known, and on whose account it spends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import uuid4

from include.domain.clock import utc_now
from include.domain.market import Interval, Series, Stream
from include.planning.symbols import Member, Universe, holds
from include.planning.windows.askable_range import not_storable
from include.planning.windows.order import Order
from include.settings import Settings
from include.settings.budget import Lane
from include.settings.series import SymbolGroup


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Who spends: a run of a lane."""

    run_id: str
    lane: Lane
    max_credits: int | None = None
    """The run's own cap; None leaves only the budgets of the settings."""
    one_process: bool = True
    """The process that plans also reads, so that its end is the end of the run."""
    read_until: datetime | None = None
    """Reading ends at a page boundary from this instant on."""
    scheduled: bool = False
    """A scheduler began the run, so that the next one can be late."""

    def cap(self, settings: Settings) -> int | None:
        """What the run may spend: its own cap, else the settings' for any run."""
        return settings.budget.run_credits if self.max_credits is None else self.max_credits


@dataclass(frozen=True)
class Scope:
    """What is wanted over `[start, end)`: names and patterns of symbols, with their sources and intervals."""

    groups: tuple[SymbolGroup, ...]
    start: datetime
    end: datetime
    heal_before: datetime | None = None
    """Time before this is only healed: gaps and late rows, newest first, within `budget.heal_credits`."""
    named: bool = False
    """A person named the symbols: they are requested even where the vendor refused them before."""
    order: Order = Order.OLDEST_FIRST
    reread_for: str | None = None
    """The id of a run that buys all of it again, covered or not; what that run has read already counts as read."""


@dataclass(frozen=True, kw_only=True)
class ResolvedScope(Scope):
    """A scope with the symbols that its names and patterns mean, as `resolve_symbols` makes it."""

    universe: Universe

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Every series that is requested in some part of the range."""
        return tuple(
            Series(member.symbol, source, interval)
            for member in self.universe.members.values()
            if self._requests(member)
            for interval in member.intervals
            for source in member.sources
        )

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of `series`."""
        return tuple(dict.fromkeys(series.symbol for series in self.series))

    def holds(self, stream: Stream) -> bool:
        """True when answers of the stream may hold rows of the scope's series."""
        return stream in self._streams

    @cached_property
    def _streams(self) -> frozenset[Stream]:
        each = (Stream(series.symbol, series.interval, series.source) for series in self.series)
        together = (Stream(series.symbol, series.interval) for series in self.series)
        return frozenset((*each, *together))

    def _requests(self, member: Member) -> bool:
        return member.state != "refused" and (member.end is None or member.end > self.start)


def scope_of(
    settings: Settings,
    *,
    start: datetime,
    end: datetime,
    intervals: Sequence[Interval] | None = None,
    symbols: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    lane_intervals: Sequence[Interval] | None = None,
    heal_before: datetime | None = None,
    order: Order = Order.OLDEST_FIRST,
    reread_for: str | None = None,
) -> Scope:
    """The settings' series over `[start, end)`; what a person names takes the place of what the settings say.

    `lane_intervals` only narrows: a lane reads those of its intervals that the settings want.
    Raises ValueError when `start` is not before `end`, when the warehouse cannot hold rows of that time, when symbols
    are only excluded, and when no series remains.
    """
    if problem := not_storable(start, end):
        raise ValueError(problem)
    if start >= end:
        raise ValueError(f"the range is empty: --from {start.isoformat()} must lie before --to {end.isoformat()}")
    groups = settings.series.all_groups if not symbols else _holding(settings.series.all_groups, symbols)
    groups = tuple(_narrowed(group, intervals, sources, lane_intervals) for group in groups)
    groups = tuple(group for group in groups if group.intervals)
    if not groups:
        asked = ", ".join(lane_intervals or ())
        raise ValueError(f"no series is left: `series` in pipeline.yaml wants none of {asked}")
    return Scope(
        groups,
        start,
        end,
        heal_before,
        named=bool(symbols),
        order=order,
        reread_for=reread_for,
    )


def _holding(groups: Sequence[SymbolGroup], symbols: Sequence[str]) -> tuple[SymbolGroup, ...]:
    """Each named symbol in the group that would hold it, else in the last, which is the settings' own.

    A symbol that a person excludes (`!`) is excluded from every pattern.
    """
    taken_out = [symbol for symbol in symbols if symbol.startswith("!")]
    named = [symbol for symbol in symbols if symbol not in taken_out]
    if not named:
        raise ValueError(f"{taken_out[0]!r} only takes symbols out: name what to take them from as well")
    held = ((symbol, next((one for one in groups if holds(one, symbol)), groups[-1])) for symbol in named)
    return tuple(group.model_copy(update={"symbols": [symbol, *taken_out]}) for symbol, group in held)


def _narrowed(
    group: SymbolGroup,
    intervals: Sequence[Interval] | None,
    sources: Sequence[str] | None,
    lane_intervals: Sequence[Interval] | None,
) -> SymbolGroup:
    wanted = intervals or group.intervals
    kept = [one for one in wanted if lane_intervals is None or one in lane_intervals]
    return group.model_copy(update={"intervals": kept, "sources": list(sources or group.sources)})


def new_run_id(prefix: str) -> str:
    """A run id that sorts by time: `load-20260307T041500-1a2b3c`."""
    return f"{prefix}-{utc_now():%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
