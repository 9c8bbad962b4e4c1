from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from include.kwery.models import SymbolInfo
from include.ledger.database.engine import Ledger
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ChargeRow, ChargeState
from include.ledger.database.models.work import WindowRow, WindowState
from include.ledger.work.symbols import listed_symbols, listing_read_at, note_inactive, note_listing, unknown_since
from include.planning.symbols import Listed
from tests.ledger.conftest import NOW

HOUR = timedelta(hours=1)


def read_list(ledger: Ledger, hour: int, *symbols: str, sources: tuple[str, ...] = ("kalshi",)) -> dict[str, Listed]:
    with ledger.write() as connection:
        note_listing(connection, [SymbolInfo(symbol, None, sources, ("1h",)) for symbol in symbols], NOW + hour * HOUR)
        return listed_symbols(connection)


def test_symbol_of_a_later_list_has_a_known_birth(
    ledger: Ledger,
) -> None:
    read_list(ledger, 0, "A")
    known = read_list(ledger, 1, "A", "B")
    assert (known["A"].listed_after, known["B"].listed_after) == (None, NOW)
    assert (known["A"].first_seen, known["A"].last_seen, known["B"].first_seen) == (NOW, NOW + HOUR, NOW + HOUR)
    with ledger.read() as connection:
        assert listing_read_at(connection) == NOW + HOUR


def test_symbol_that_returns_is_listed_and_active_again(ledger: Ledger) -> None:
    read_list(ledger, 0, "A", "B")
    read_list(ledger, 1, "A")
    with ledger.write() as connection:
        note_inactive(connection, ["A", "B"], NOW + HOUR)
    gone = read_list(ledger, 2, "A")["B"]
    assert (gone.missing_since, gone.missed, gone.last_seen) == (NOW + HOUR, 2, NOW)

    known = read_list(ledger, 3, "A", "B")
    assert (known["B"].missing_since, known["B"].missed, known["B"].inactive_since) == (None, 0, None)
    assert known["B"].listed_since == NOW + 3 * HOUR
    assert known["A"].inactive_since == NOW + HOUR


def test_symbols_that_ended_before_a_range_are_left_out(ledger: Ledger) -> None:
    read_list(ledger, 0, "A", "B", "C")
    with ledger.write() as connection:
        note_inactive(connection, ["C"], NOW + HOUR)
    for hour in (1, 2):
        read_list(ledger, hour, "A", "C")
    with ledger.read() as connection:
        assert set(listed_symbols(connection, ended_after=NOW)) == {"A", "B", "C"}
        assert set(listed_symbols(connection, ended_after=NOW + HOUR)) == {"A"}


def test_changed_details_are_stored(ledger: Ledger) -> None:
    read_list(ledger, 0, "A")
    assert read_list(ledger, 1, "A", sources=("kalshi", "hyperliquid"))["A"].sources == ("kalshi", "hyperliquid")


@pytest.mark.parametrize(("code", "times"), [("invalid_symbol", 2), ("invalid_interval", 0)])
def test_unknown_symbol_counts_once_a_run(ledger: Ledger, code: str, times: int) -> None:
    with ledger.write() as connection:
        for number, run in enumerate(("one", "one", "two")):
            window = {"window_id": str(number), "run_id": run, "lane": "hourly", "symbol": "A", "interval": "1h"}
            window |= {"start": NOW, "end": NOW + HOUR, "limit": 1, "expected_rows": 1, "price_credits": 53}
            ended = {"created_at": NOW, "closed_at": NOW + number * HOUR, "state": WindowState.REFUSED}
            connection.execute(insert(table_of(WindowRow)).values(window | ended))
            charge = {"run_id": run, "lane": "hourly", "day": "2026-03-07", "window_id": str(number), "sequence": 0}
            charge |= {"owner": "h", "requested_at": NOW, "reserved_credits": 53, "state": ChargeState.RELEASED}
            connection.execute(insert(table_of(ChargeRow)).values(charge | {"error_code": code}))
        found = unknown_since(connection, NOW - HOUR).get("A", [])
    assert found == [NOW + HOUR, NOW + 2 * HOUR][:times]
