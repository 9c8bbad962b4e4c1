"""Resolves names and patterns to symbols, by the vendor's list and the refusals that the ledger keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.domain.clock import utc_now
from include.domain.market import Series
from include.domain.text import named
from include.ledger.work.symbols import listed_symbols, unknown_since
from include.pipeline.scope.scope import ResolvedScope, Scope
from include.planning.symbols import Listed, Universe, has_patterns, universe_of
from include.settings import Settings
from include.settings.series import SymbolGroup

_CLOCKS_DIFFER = timedelta(minutes=2)
"""Tolerance between the worker's clock, which dates runs, and the vendor's, which dates lists."""
_REFUSALS_REMEMBERED = timedelta(days=30)
"""After this time a symbol that is listed and was refused is requested again."""


def known_universe(connection: Connection, settings: Settings) -> Universe:
    """Every symbol that the settings mean by the newest list, including those that ended."""
    return _universe(connection, settings, settings.series.all_groups, listed_symbols(connection))


def resolve_symbols(
    connection: Connection, settings: Settings, scope: Scope, as_of: datetime | None = None
) -> ResolvedScope:
    """The scope with the symbols that its names and patterns mean now, each over the time in which it is requested.

    With `as_of`, symbols that were listed later are left out: a run answers for what it could plan.
    """
    listed = listed_symbols(connection, ended_after=scope.start) if has_patterns(scope.groups) else {}
    if as_of is not None:
        listed = {symbol: one for symbol, one in listed.items() if one.listed_since <= as_of + _CLOCKS_DIFFER}
    universe = _universe(connection, settings, scope.groups, listed, scope.named)
    return ResolvedScope(**{one.name: getattr(scope, one.name) for one in fields(Scope)}, universe=universe)


def _universe(
    connection: Connection,
    settings: Settings,
    groups: Sequence[SymbolGroup],
    listed: Mapping[str, Listed],
    named: bool = False,
) -> Universe:
    now = utc_now()
    refused = {} if named else unknown_since(connection, now - _REFUSALS_REMEMBERED)
    return universe_of(groups, listed, refused, now=now, refusals=settings.series.refusals)


def wanted_series(universe: Universe) -> list[Series]:
    """Every series of the active symbols."""
    return [
        Series(member.symbol, source, interval)
        for member in universe.active
        for interval in member.intervals
        for source in member.sources
    ]


def unmatched(universe: Universe) -> list[str]:
    """A sentence for each pattern without a match."""
    return [
        f"{pattern!r} matches nothing in the vendor's list of symbols: see ./oi symbols"
        for pattern in universe.unmatched
    ]


def universe_notes(universe: Universe) -> list[str]:
    """Patterns without a match, and symbols that are not requested because they were refused."""
    notes = unmatched(universe)
    refused = [member for member in universe.members.values() if member.state == "refused"]
    if refused:
        labels = named([member.symbol for member in refused])
        notes.append(f"not requested: {labels}: {refused[0].why}")
    return notes
