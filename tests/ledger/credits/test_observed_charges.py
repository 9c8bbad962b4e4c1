from __future__ import annotations

from dataclasses import replace

from include.ledger.credits import charges
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.observed_charges import REMEMBERED, observe, worst_case_of
from include.ledger.database.engine import Ledger
from include.planning.credits.worst_case import ObservedCharge, WorstCase
from include.settings.prices import Prices
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import ASK, OPEN, granted, lose, request_permit, spent


def test_excess_raises_every_open_reservation(ledger: Ledger) -> None:
    full = replace(ASK, worst_credits=3050, row_limit=1000, prices=Prices())
    seen, lost = granted(ledger, request=full), granted(ledger, request=full)
    lose(ledger, lost)
    with ledger.write() as connection:
        charges.settle(connection, seen, 9050, source="X-Credits-Used", now=NOW)
        exceeded = observe(connection, seen, ObservedCharge(1000, 3000, 9050), Prices(), NOW)
        assert exceeded == WorstCase(Prices())
    assert spent(ledger) == (9050, 9050)
    capped = OPEN.model_copy(update={"monthly_credits": 20_000})
    refused = request_permit(ledger, capped, full)
    assert isinstance(refused, BudgetExceeded)
    with ledger.read() as connection:
        corrected = Prices(base_credits=51)
        assert worst_case_of(connection, corrected, NOW) == WorstCase(corrected)


def test_excess_is_forgotten_after_its_time(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for day, again in enumerate((True, True, False)):
            now = NOW + day * REMEMBERED / 2
            exceeded = observe(connection, day, ObservedCharge(1000, 3000, 9050), Prices(), now) if again else None
            assert (exceeded is None) == (day > 0)
            assert worst_case_of(connection, Prices(), now).credits(1000) == 9050
        assert worst_case_of(connection, Prices(), NOW + 2 * REMEMBERED).credits(1000) == 3050
