from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import timedelta

import pytest

from include.ledger.database.engine import open_ledger
from include.pipeline.scope.resolve_symbols import resolve_symbols
from include.pipeline.scope.scope import Scope, scope_of
from include.planning.symbols import Listed, universe_of
from include.planning.windows.order import Order
from include.settings import Settings
from tests.pipeline.conftest import DAY, NEXT_DAY


def listed(symbol: str) -> Listed:
    return Listed(symbol, (), (), first_seen=DAY, last_seen=DAY, listed_since=DAY)


def test_an_excluded_symbol_is_excluded_from_every_pattern(settings: Settings) -> None:
    found = {symbol: listed(symbol) for symbol in ("KXFED-1", "KXFED-2", "KXGOLD-1")}
    chosen = scope_of(settings, start=DAY, end=NEXT_DAY, symbols=["BTC", "KX*", "!KXFED-*"])
    universe = universe_of(chosen.groups, found, {}, now=NEXT_DAY, refusals=3)
    assert set(universe.members) == {"BTC", "KXGOLD-1"}
    assert universe.unmatched == ()


def test_symbols_that_are_only_excluded_are_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="'!KXFED-\\*' only takes symbols out"):
        scope_of(settings, start=DAY, end=DAY + timedelta(hours=1), symbols=["!KXFED-*"])


def test_a_resolved_scope_keeps_what_was_requested(settings: Settings) -> None:
    """Every field of the scope, beside the symbols that it means."""
    wanted = scope_of(settings, start=DAY, end=NEXT_DAY, symbols=["BTC"], heal_before=DAY, order=Order.NEWEST_FIRST)
    wanted = replace(wanted, reread_for="run")
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        resolved = resolve_symbols(connection, settings, wanted)

    assert Scope(**{one.name: getattr(resolved, one.name) for one in fields(Scope)}) == wanted
    assert "universe" not in asdict(wanted)
    assert resolved.symbols == ("BTC",)
