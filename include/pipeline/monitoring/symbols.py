"""Symbols: every wanted symbol and its state; requests nothing of the vendor unless it has to read the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from include.ledger.database.engine import open_ledger
from include.ledger.work.symbols import listed_symbols, listing_read_at
from include.pipeline.progress import Jsonable
from include.pipeline.scope.resolve_symbols import known_universe
from include.pipeline.vendor.client import client_of, read_account
from include.pipeline.vendor.symbol_list import discover
from include.planning.symbols import Listed, Member, Universe, has_patterns
from include.settings import Settings


@dataclass(frozen=True, slots=True)
class SymbolStatus:
    """A wanted symbol: its state, where and over which time it is requested, and what the vendor's list says."""

    symbol: str
    state: str
    why: str
    found_by_pattern: bool
    sources: list[str]
    intervals: list[str]
    requested_from: datetime | None
    requested_until: datetime | None
    name: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    earliest_data: datetime | None
    """What the vendor's list claims; no plan depends on it."""


@dataclass(frozen=True, slots=True)
class Symbols(Jsonable):
    """Every wanted symbol with its state, and what the vendor's list says of it."""

    counts: dict[str, int]
    """Symbols by state: active, gone, inactive, refused."""
    symbols: list[SymbolStatus]
    unmatched: list[str]
    """Patterns that match nothing."""
    listed: int
    """Symbols in the vendor's newest list, wanted or not; 0 where no pattern ever needed it."""
    listing_read_at: datetime | None
    notes: list[str]


def symbols(settings: Settings, *, read_list: bool = False) -> Symbols:
    """The universe by the ledger; `read_list` asks the vendor for its list first (free), whatever its age."""
    groups, notes = settings.series.all_groups, []
    with open_ledger(settings.ledger_url) as ledger:
        if read_list and has_patterns(groups):
            with client_of(settings) as client:
                now = read_account(settings, ledger, client).now
                notes = discover(settings, groups, ledger, client, now, again=True)
        with ledger.read() as connection:
            universe = known_universe(connection, settings)
            listed = listed_symbols(connection)
            read_at = listing_read_at(connection)
    return Symbols(
        counts=counts_of(universe),
        symbols=[_line(member, listed.get(member.symbol)) for member in universe.members.values()],
        unmatched=list(universe.unmatched),
        listed=sum(one.missing_since is None for one in listed.values()),
        listing_read_at=read_at,
        notes=notes,
    )


def counts_of(universe: Universe) -> dict[str, int]:
    """Wanted symbols by state."""
    return dict(Counter(member.state for member in universe.members.values()))


def _line(member: Member, listed: Listed | None) -> SymbolStatus:
    return SymbolStatus(
        symbol=member.symbol,
        state=member.state,
        why=member.why,
        found_by_pattern=member.found,
        sources=list(member.sources),
        intervals=[interval.value for interval in member.intervals],
        requested_from=member.start,
        requested_until=member.end,
        name=listed.name if listed else None,
        first_seen=listed.first_seen if listed else None,
        last_seen=listed.last_seen if listed else None,
        earliest_data=listed.earliest_data if listed else None,
    )
