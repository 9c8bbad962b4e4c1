"""The universe: which symbols the settings' names and patterns mean today, and over which time each is requested.

A plain name is requested as the settings say, whatever the vendor's list says. A pattern follows the list: which
symbols exist, on which sources, since when, and when they left it. Time outside a symbol's life is not requested, and
nothing is claimed for it (rule 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING, Literal, TypeVar

from include.domain.clock import DAY
from include.domain.market import Interval
from include.domain.time_range import TimeRange, clip, merge
from include.planning.windows.coverage import Coverage, Covered

if TYPE_CHECKING:
    from include.settings.series import SymbolGroup

T = TypeVar("T", bound=str)
State = Literal["active", "gone", "inactive", "refused"]
MISSING_LISTS = 2
"""A symbol is gone after this many lists in a row without it: a single answer may be cut short."""
UP_TO_DATE = DAY
"""A symbol is inactive only by answers that end at most this long before they were requested."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A symbol by the vendor's lists; `earliest_data` is the vendor's claim and decides nothing (behaviour 42)."""

    symbol: str
    sources: tuple[str, ...]
    intervals: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    listed_since: datetime
    """The first list of the unbroken series that has it: the first of all, or the one in which it came back."""
    listed_after: datetime | None = None
    """The last list before that without it; None when the first list ever had it, so that its start is unknown."""
    missing_since: datetime | None = None
    """The first of the newest lists without it; None while it is listed."""
    missed: int = 0
    inactive_since: datetime | None = None
    """When it was found inactive: without rows for `series.inactive_days`."""
    name: str | None = None
    earliest_data: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A wanted symbol: its sources and intervals, its bounds in time (None: no bound), and why it is not read."""

    symbol: str
    sources: tuple[str, ...]
    intervals: tuple[Interval, ...]
    state: State = "active"
    why: str = ""
    start: datetime | None = None
    end: datetime | None = None
    found: bool = False
    """True when a pattern matched it in the vendor's list."""

    def of(self, interval: Interval, wanted: TimeRange) -> TimeRange | None:
        """The part of `wanted` in which it is requested; the bucket in which it began is included."""
        start = None if self.start is None else interval.floor(self.start)
        return clip(wanted, start=start, end=self.end)


@dataclass(frozen=True, slots=True)
class Universe:
    """Every wanted symbol by name, and the patterns that match nothing."""

    members: Mapping[str, Member]
    unmatched: tuple[str, ...] = ()

    @property
    def active(self) -> list[Member]:
        """The members that runs request."""
        return [member for member in self.members.values() if member.state == "active"]

    @property
    def found(self) -> frozenset[str]:
        """The symbols that a pattern matched; they may end at any time."""
        return frozenset(member.symbol for member in self.members.values() if member.found)


def is_pattern(symbol: str) -> bool:
    """True for a text that selects symbols from the vendor's list, or excludes them."""
    return symbol.startswith("!") or any(sign in symbol for sign in "*?[")


def has_patterns(groups: Iterable[SymbolGroup]) -> bool:
    """True when the vendor's list of symbols is needed."""
    return any(is_pattern(symbol) for group in groups for symbol in group.symbols)


def holds(group: SymbolGroup, symbol: str) -> bool:
    """True when the group names the symbol, or one of its patterns matches it."""
    return symbol in group.symbols or bool(_matching(group.symbols, [symbol])[0])


def universe_of(
    groups: Sequence[SymbolGroup],
    listed: Mapping[str, Listed],
    refused: Mapping[str, Sequence[datetime]],
    *,
    now: datetime,
    refusals: int,
) -> Universe:
    """Resolves the groups: the first one that holds a symbol decides, and a name wins over a pattern.

    `refused` has the moments at which the vendor called a symbol unknown.
    """
    members: dict[str, Member] = {}
    for group in groups:
        for symbol in group.symbols:
            if not is_pattern(symbol):
                members.setdefault(symbol, _named(symbol, group, refused.get(symbol, ()), now, refusals))
    unmatched: list[str] = []
    for group in groups:
        names, silent_patterns = _matching(group.symbols, listed)
        unmatched += silent_patterns
        for symbol in names:
            if symbol not in members:
                members[symbol] = _found(listed[symbol], group, refused.get(symbol, ()), refusals)
    return Universe(members, tuple(unmatched))


def with_first_rows(universe: Universe, coverage: Coverage) -> Universe:
    """The same universe; a symbol whose start was seen in the list is not requested before its first row."""
    first: dict[str, datetime] = {}
    for series, entries in coverage.items():
        for entry in entries:
            if entry.found == "rows":
                first[series.symbol] = min(entry.stretch.start, first.get(series.symbol, entry.stretch.start))
    members = dict(universe.members)
    for symbol, began in first.items():
        member = members.get(symbol)
        if member is not None and member.start is not None:
            members[symbol] = replace(member, start=max(member.start, began))
    return Universe(members, universe.unmatched)


def inactive_symbols(coverage: Coverage, inactive_days: float) -> set[str]:
    """Symbols of which every series was read up to date and had no row in the last `inactive_days`."""
    length = timedelta(days=inactive_days)
    active = {series.symbol for series, entries in coverage.items() if not _is_inactive(entries, length)}
    return {series.symbol for series in coverage} - active


def _is_inactive(entries: Sequence[Covered], length: timedelta) -> bool:
    newest = max(entries, key=lambda entry: entry.stretch.end, default=None)
    if newest is None or newest.found == "rows" or newest.observed_at - newest.stretch.end > UP_TO_DATE:
        return False
    last = merge(entry.stretch for entry in entries if entry.found == "empty")[-1]
    return last.end - last.start >= length


def _named(symbol: str, group: SymbolGroup, refused: Sequence[datetime], now: datetime, refusals: int) -> Member:
    member = Member(symbol, tuple(group.sources), tuple(group.intervals))
    recent = [moment for moment in refused if now - moment < DAY]
    if len(recent) < refusals:
        return member
    why = f"refused as unknown {len(recent)} times in a day; requested again a day after the first refusal"
    return replace(member, state="refused", why=why)


def _found(listed: Listed, group: SymbolGroup, refused: Sequence[datetime], refusals: int) -> Member:
    member = Member(
        listed.symbol,
        _listed_or_all(group.sources, listed.sources),
        _listed_or_all(group.intervals, listed.intervals),
        start=listed.listed_after,
        found=True,
    )
    gone = listed.missing_since if listed.missed >= MISSING_LISTS else None
    since = [moment for moment in refused if moment >= (gone or listed.listed_since)]
    if len(since) >= (1 if gone else refusals):
        times = f"{len(since)} times" if len(since) > 1 else "once"
        return replace(
            member, state="refused", why=f"refused as unknown {times}; requested again when the list changes"
        )
    if gone:
        why = "left the vendor's list; requested up to then, and again if it returns"
        return replace(member, state="gone", end=gone, why=why)
    if listed.inactive_since is not None:
        why = "no row for series.inactive_days; requested again when it leaves the list and returns"
        return replace(member, state="inactive", end=listed.inactive_since, why=why)
    return member


def _listed_or_all(wanted: Sequence[T], listed: Sequence[str]) -> tuple[T, ...]:
    """The wanted ones that the list has; all of them where it has none."""
    return tuple(one for one in wanted if one in listed) or tuple(wanted)


def _matching(symbols: Sequence[str], listed: Iterable[str]) -> tuple[list[str], list[str]]:
    """The listed symbols that the patterns match, and the patterns that match none."""
    patterns = [symbol for symbol in symbols if is_pattern(symbol) and not symbol.startswith("!")]
    if not patterns:
        return [], []
    taken_out = _any_of(symbol[1:] for symbol in symbols if symbol.startswith("!"))
    meant = _any_of(patterns)
    names = [symbol for symbol in listed if meant(symbol) and not taken_out(symbol)]
    return names, [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names)]


def _any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    together = "|".join(translate(pattern) for pattern in patterns)
    matching = re.compile(together).match if together else None
    return lambda name: matching is not None and matching(name) is not None
