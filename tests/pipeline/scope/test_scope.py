from __future__ import annotations

from datetime import timedelta

import pytest

from include.pipeline.scope.scope import scope_of
from include.planning.symbols import Listed, universe_of
from include.settings import Settings
from tests.pipeline.conftest import DAY, NEXT_DAY


def listed(symbol: str) -> Listed:
    return Listed(symbol, (), (), first_seen=DAY, last_seen=DAY, listed_since=DAY)


def test_what_a_person_takes_out_is_taken_out_of_every_pattern(settings: Settings) -> None:
    found = {symbol: listed(symbol) for symbol in ("KXFED-1", "KXFED-2", "KXGOLD-1")}
    chosen = scope_of(settings, start=DAY, end=NEXT_DAY, symbols=["BTC", "KX*", "!KXFED-*"])
    universe = universe_of(chosen.groups, found, {}, now=NEXT_DAY, refusals=3)
    assert set(universe.members) == {"BTC", "KXGOLD-1"}
    assert universe.unmatched == ()


def test_symbols_that_are_only_taken_out_are_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="'!KXFED-\\*' only takes symbols out"):
        scope_of(settings, start=DAY, end=DAY + timedelta(hours=1), symbols=["!KXFED-*"])
