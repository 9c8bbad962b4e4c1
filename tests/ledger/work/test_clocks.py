from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.clock import Clocks
from include.ledger.credits import charges, permits
from include.ledger.credits.limits import BudgetExceeded, spend_position
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted, Permit
from include.ledger.database.engine import Ledger
from include.ledger.work import clocks
from include.settings.budget import Budget
from tests.ledger.conftest import NOW

DAY = timedelta(days=1)
MONTH_END = datetime(2026, 3, 29, tzinfo=UTC)
BUDGET = Budget(monthly_credits=7000, lane_shares={}, reserve_share=0)
ELSEWHERE = "other:0000:pid:[1]/boot/1/1"


def request(ledger: Ledger, worker: datetime, vendor: datetime | None, credits: int = 6100) -> Permit:
    def seen(now: datetime) -> Clocks:
        return Clocks(now, None if vendor is None else vendor)

    answer = permits.permit(ledger, PermitRequest("run", "hourly", "w", 0, credits), BUDGET, lambda: worker, seen)
    if isinstance(answer, Granted):
        with ledger.write() as connection:
            charges.settle(connection, answer.charge_id, credits, source="test", now=worker)
    return answer


@pytest.mark.parametrize("off", [5 * DAY, -5 * DAY, -35 * DAY], ids=str)
@pytest.mark.parametrize("first", [True, False], ids=["wrong clock first", "right clock first"])
def test_wrong_worker_clock_opens_no_second_budget(ledger: Ledger, off: timedelta, first: bool) -> None:
    """Five days ahead is April, five days behind of 2 April is March; the vendor bills one cycle either way."""
    vendor = MONTH_END if off > timedelta() else MONTH_END + 4 * DAY
    workers = [vendor + off, vendor] if first else [vendor, vendor + off]
    assert isinstance(request(ledger, workers[0], vendor), Granted)
    assert isinstance(request(ledger, workers[1], vendor), BudgetExceeded)


def test_vendor_clock_ahead_opens_no_second_budget(ledger: Ledger) -> None:
    assert isinstance(request(ledger, MONTH_END, MONTH_END), Granted)
    assert isinstance(request(ledger, MONTH_END, MONTH_END + 5 * DAY), BudgetExceeded)


def test_next_cycle_has_its_whole_budget(ledger: Ledger) -> None:
    """Spending of a worker whose clock is ahead counts in the real cycle."""
    assert isinstance(request(ledger, MONTH_END + 5 * DAY, MONTH_END), Granted)
    assert isinstance(request(ledger, MONTH_END + 5 * DAY, MONTH_END + 5 * DAY), Granted)


def test_without_a_date_the_workers_clock_decides(ledger: Ledger) -> None:
    assert isinstance(request(ledger, MONTH_END, None), Granted)
    assert isinstance(request(ledger, MONTH_END + 5 * DAY, None), Granted)


def test_settled_disputed_charge_counts_in_both_cycles(ledger: Ledger) -> None:
    vendor = MONTH_END + 4 * DAY
    assert isinstance(request(ledger, MONTH_END, vendor, 1000), Granted)
    with ledger.read() as connection:
        assert spend_position(connection, BUDGET, MONTH_END).cycle_spent == 1000
        assert spend_position(connection, BUDGET, vendor).cycle_spent == 1000
        assert spend_position(connection, BUDGET, vendor + 35 * DAY).cycle_spent == 0


def test_vendor_clock_advances_with_the_workers(ledger: Ledger) -> None:
    with ledger.write() as connection:
        clocks.note(connection, ledger.process_id, Clocks(NOW + DAY, NOW))
        assert clocks.clocks_now(connection, ledger.process_id, NOW + 2 * DAY) == Clocks(NOW + 2 * DAY, NOW + DAY)
        assert clocks.clocks_now(connection, ledger.process_id, NOW) == Clocks(NOW), "the clock was set right since"


def test_agreed_moment_bounds_every_workers_clock(ledger: Ledger) -> None:
    """One worker agrees with the vendor; another is behind: its billing cycle is not an older one."""
    with ledger.write() as connection:
        clocks.note(connection, ELSEWHERE, Clocks(NOW, NOW))
        clocks.note(connection, ledger.process_id, Clocks(NOW - 20 * DAY, NOW))
        found = clocks.clocks_now(connection, ledger.process_id, NOW - 20 * DAY)
    assert (found.for_billing, found.for_rows) == (NOW, NOW - 20 * DAY)


def test_places_not_seen_for_a_month_are_deleted(ledger: Ledger) -> None:
    with ledger.write() as connection:
        clocks.note(connection, ELSEWHERE, Clocks(NOW, NOW))
        clocks.note(connection, ledger.process_id, Clocks(NOW + 31 * DAY, NOW + 31 * DAY))
        assert [seen.noted_at for seen in clocks.all_seen(connection)] == [NOW + 31 * DAY]
