from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from include.domain.clock import Clocks
from include.kwery.models import Limits
from include.ledger.credits import charges, permits
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.open_charges import PATIENCE
from include.ledger.credits.permits import Granted, RetryLater
from include.ledger.database.engine import Ledger
from include.ledger.work.runs import open_run, spending_of
from include.settings.budget import Budget
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import (
    ASK,
    OPEN,
    booked,
    granted,
    lose,
    permitted,
    read_account,
    request_permit,
    settle,
    spent,
)


def test_rule_2_budget_holds_while_answers_are_awaited(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 700})
    first, second = granted(ledger, budget), granted(ledger, budget)
    assert isinstance(request_permit(ledger, budget), RetryLater)
    settle(ledger, first, 350)
    settle(ledger, second, 350)
    refused = request_permit(ledger, budget)
    assert isinstance(refused, BudgetExceeded)
    assert (refused.setting, refused.available_credits) == ("budget.monthly_credits", 0)


def test_frozen_process_makes_nobody_wait_for_its_answer_for_long(ledger: Ledger) -> None:
    """It is alive, so that only the time since it was sent shows that the answer will not come."""
    budget = OPEN.model_copy(update={"monthly_credits": 700})
    for _ in range(2):
        granted(ledger, budget)
    assert isinstance(request_permit(ledger, budget, now=NOW + PATIENCE), RetryLater)
    refused = request_permit(ledger, budget, now=NOW + PATIENCE + timedelta(seconds=2))
    assert isinstance(refused, BudgetExceeded)
    assert spent(ledger) == (0, 700), "what it may have spent stays reserved"


def test_cheaper_answer_frees_the_difference(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 700})
    for _ in range(3):
        settle(ledger, granted(ledger, budget), 50)
    assert isinstance(request_permit(ledger, budget), Granted)


def test_new_month_has_a_new_budget(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 350})
    settle(ledger, granted(ledger, budget), 350)
    assert isinstance(request_permit(ledger, budget), BudgetExceeded)
    assert isinstance(request_permit(ledger, budget, now=NOW + timedelta(days=31)), Granted)


@pytest.mark.parametrize("minutes", [4, -4, 10, -10])
def test_rule_2_a_renewal_that_only_the_worker_has_passed_is_none(ledger: Ledger, minutes: int) -> None:
    """Nor is one that the vendor alone has passed: few minutes are no wrong clock, but have credits spent twice."""
    budget, off = OPEN.model_copy(update={"monthly_credits": 350}), timedelta(minutes=minutes)
    real = datetime(2026, 4, 1, tzinfo=UTC) - off / 2
    first = permits.permit(ledger, ASK, budget, lambda: real + off, lambda now: Clocks(now, now - off))
    assert isinstance(first, Granted)
    settle(ledger, first.charge_id, 350)
    assert isinstance(permits.permit(ledger, ASK, budget, lambda: real), BudgetExceeded)


@pytest.mark.parametrize("answered", [True, False])
def test_rule_2_a_request_in_flight_at_a_renewal_counts_in_both_cycles(ledger: Ledger, answered: bool) -> None:
    """Its process may die before the answer comes, which the vendor bills in the new cycle; an answer shows when."""
    budget, end = OPEN.model_copy(update={"monthly_credits": 350}), datetime(2026, 4, 1, tzinfo=UTC)
    sent = end - timedelta(seconds=30)
    first = granted(ledger, budget, replace(ASK, answered_within=timedelta(minutes=2)), now=sent)
    if answered:
        with ledger.write() as connection:
            charges.settle(connection, first, 350, source="answer", now=sent, answered=Clocks(sent, sent))
    later = request_permit(ledger, budget, now=end + timedelta(minutes=15))
    assert isinstance(later, Granted if answered else BudgetExceeded)


def test_lane_stops_at_its_share_and_others_continue(ledger: Ledger) -> None:
    budget = Budget(monthly_credits=1000, lane_shares={"hourly": 0, "daily": 0, "backfill": 0.5}, reserve_share=0)
    settle(ledger, granted(ledger, budget), 350)
    refused = request_permit(ledger, budget)
    assert isinstance(refused, BudgetExceeded)
    assert refused.setting == "budget.lane_shares.backfill"
    assert isinstance(request_permit(ledger, budget, replace(ASK, lane="hourly")), Granted)


def test_run_stops_at_its_cap(ledger: Ledger) -> None:
    with ledger.write() as connection:
        open_run(connection, "small", "backfill", 400, NOW)
    request = replace(ASK, run_id="small")
    settle(ledger, granted(ledger, request=request), 350)
    refused = request_permit(ledger, request=request)
    assert isinstance(refused, BudgetExceeded)
    assert (refused.setting, refused.available_credits) == (
        "budget.run_credits (--max-credits, or max_credits of a DAG run)",
        50,
    )


def test_account_bounds_spending_from_its_last_reading_on(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0, credits_limit=600, credits_remaining=600))
    settle(ledger, granted(ledger), 350)
    refused = request_permit(ledger)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 250


def test_permits_book_send_slots_within_the_rate(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_second=2, requests_per_minute=3))
    slots = [booked(ledger, NOW), booked(ledger, NOW)]
    assert slots == [NOW, NOW + timedelta(seconds=0.45)]
    third = request_permit(ledger, now=NOW + timedelta(seconds=0.4))
    assert third == RetryLater(pytest.approx(1.04 - 0.4 - 0.5), "the plan's request rate")
    assert booked(ledger, NOW + timedelta(seconds=0.6)) == NOW + timedelta(seconds=1.04)
    minute = request_permit(ledger, now=NOW + timedelta(seconds=10))
    assert minute == RetryLater(pytest.approx(60.5 - 10 - 0.5), "the plan's request rate")


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        (Limits(requests_per_second=0.5), 2.08),
        (Limits(requests_per_minute=0.5), 120.5),
        (Limits(requests_per_hour=0.25), 4 * 3600 + 0.5),
        (Limits(requests_per_second=1.5), 1.04),
    ],
)
def test_rate_below_one_is_one_request_in_a_longer_time(ledger: Ledger, limits: Limits, seconds: float) -> None:
    read_account(ledger, limits)
    granted(ledger)
    found = request_permit(ledger)
    assert found == RetryLater(pytest.approx(seconds - 0.5), "the plan's request rate")


def test_overdrawn_account_buys_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_remaining=0))
    refused = request_permit(ledger)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 0


def test_permit_reads_the_clock_under_the_write_lock(url: str, ledger: Ledger) -> None:
    def clock() -> datetime:
        sqlite = url.startswith("sqlite")
        engine = create_engine(url, connect_args={"timeout": 0} if sqlite else {})
        lock = "BEGIN IMMEDIATE" if sqlite else "SELECT id FROM ledger_lock FOR UPDATE NOWAIT"
        with engine.connect() as other, pytest.raises(OperationalError, match="lock"):
            other.exec_driver_sql(lock)
        engine.dispose()
        return NOW

    assert isinstance(permits.permit(ledger, ASK, OPEN, clock), Granted)


def test_late_send_moves_later_slots(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    late = NOW + timedelta(seconds=0.4)
    assert permits.rebook(ledger, permitted(ledger), lambda: late) == late
    assert booked(ledger, NOW + timedelta(seconds=60.5)) == late + timedelta(seconds=60.5)


def test_slot_missed_by_far_goes_behind_later_bookings(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_second=2))
    first, second = permitted(ledger), booked(ledger, NOW)
    third = booked(ledger, NOW + timedelta(seconds=0.9))
    assert (second, third) == (NOW + timedelta(seconds=0.45), NOW + timedelta(seconds=1.04))
    missed = permits.rebook(ledger, first, lambda: NOW + timedelta(seconds=0.95))
    assert missed == second + timedelta(seconds=1.04)


@pytest.mark.parametrize(("a_minute", "paced"), [(None, False), (6_000_000, False), (600, True)])
def test_request_is_paced_where_a_rate_can_bind(ledger: Ledger, a_minute: int | None, paced: bool) -> None:
    """A ledger cannot grant what the fastest plans allow, so requests may leave at the same moment there."""
    read_account(ledger, Limits(requests_per_minute=a_minute))
    assert permitted(ledger).is_paced is paced


def test_free_request_takes_a_slot_and_no_budget(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    assert isinstance(permits.permit_free(ledger, "limits", lambda: NOW), Granted)
    assert spent(ledger) == (0, 0)
    with ledger.read() as connection:
        assert spending_of(connection, "run") == (0, 0, 0)
    assert isinstance(request_permit(ledger), RetryLater)
    assert isinstance(permits.permit_free(ledger, "limits", lambda: NOW), RetryLater)


def test_clock_that_was_set_back_stops_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    granted(ledger, now=NOW + timedelta(hours=5))
    assert booked(ledger, NOW) == NOW


def test_rule_2_balance_by_answers_is_shared_by_reservations(
    ledger: Ledger,
) -> None:
    bounded = replace(ASK, ceiling_credits=800)
    first, _ = granted(ledger, request=bounded), granted(ledger, request=bounded)
    assert isinstance(request_permit(ledger, request=bounded), RetryLater)
    settle(ledger, first, 350)
    lose(ledger, first + 1)
    refused = request_permit(ledger, request=bounded)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 100


def test_silent_account_leaves_the_balance_unknown(ledger: Ledger) -> None:
    read_account(ledger, Limits(plan="pro"))
    with ledger.read() as connection:
        account = account_of(connection)
    assert account is not None
    assert account.available_credits is None
    assert isinstance(request_permit(ledger), Granted)
