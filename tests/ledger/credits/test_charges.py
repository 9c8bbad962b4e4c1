from __future__ import annotations

from include.ledger.credits import charges
from include.ledger.database.engine import Ledger
from include.ledger.work.runs import spending_of
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import granted, settle, spent


def test_settlement_replaces_the_reserved_worst_case(ledger: Ledger) -> None:
    charge = granted(ledger)
    assert spent(ledger) == (0, 350)
    settle(ledger, charge, 68)
    assert spent(ledger) == (68, 0)


def test_settling_twice_counts_once(ledger: Ledger) -> None:
    charge = granted(ledger)
    settle(ledger, charge, 68)
    settle(ledger, charge, 68)
    assert spent(ledger) == (68, 0)
    with ledger.read() as connection:
        assert spending_of(connection, "run") == (1, 68, 0)


def test_cancelled_request_is_no_request(ledger: Ledger) -> None:
    charge = granted(ledger)
    with ledger.write() as connection:
        charges.cancel(connection, charge, now=NOW)
        charges.cancel(connection, charge, now=NOW)
        assert spending_of(connection, "run") == (0, 0, 0)
    assert spent(ledger) == (0, 0)
