from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from include.kwery.models import Limits
from include.ledger.credits import charges, permits
from include.ledger.credits.account import account_of
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.observed_charges import REMEMBERED, observe, worst_case_of
from include.ledger.credits.permits import Granted, Permit, PermitRequest, RetryLater
from include.ledger.credits.reconcile import Explained, before_reading, note_account
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work.runs import open_run, spending_of
from include.planning.credits.worst_case import ObservedCharge, WorstCase
from include.settings import Budget, Prices
from tests.ledger.conftest import NOW

ASK = PermitRequest("run", "backfill", "w1", 0, 350)
OPEN = Budget(lane_shares={"hourly": 0, "daily": 0, "backfill": 1}, reserve_share=0)
SERVED_FOR = timedelta(seconds=120)
LATER = NOW + SERVED_FOR
"""When the vendor is surely done with a request of NOW."""


def ask(ledger: Ledger, budget: Budget = OPEN, question: PermitRequest = ASK, now: datetime = NOW) -> Permit:
    return permits.permit(ledger, question, budget, lambda: now)


def go(ledger: Ledger, budget: Budget = OPEN, question: PermitRequest = ASK, now: datetime = NOW) -> int:
    answer = ask(ledger, budget, question, now)
    assert isinstance(answer, Granted), answer
    return answer.charge_id


def permitted(ledger: Ledger, now: datetime = NOW) -> Granted:
    answer = ask(ledger, now=now)
    assert isinstance(answer, Granted), answer
    return answer


def booked(ledger: Ledger, now: datetime) -> datetime:
    return permitted(ledger, now).departs_at


def settle(ledger: Ledger, charge_id: int, credits: int) -> None:
    with ledger.write() as connection:
        charges.settle(connection, charge_id, credits, source="X-Credits-Used", now=NOW)


def lose(ledger: Ledger, charge_id: int) -> None:
    """The process that made the reservation is gone."""
    with ledger.write() as connection:
        charges.mark_unknown(connection, charge_id, "no answer")


def read_account(ledger: Ledger, limits: Limits, now: datetime = NOW) -> Explained:
    return note_account(ledger, limits, before_reading(ledger, SERVED_FOR), now, Prices())


def spent(ledger: Ledger) -> tuple[int, int]:
    with ledger.read() as connection:
        return totals(connection)


def test_a_permit_reserves_the_worst_case_and_settlement_replaces_it(ledger: Ledger) -> None:
    charge = go(ledger)
    assert spent(ledger) == (0, 350)
    settle(ledger, charge, 68)
    assert spent(ledger) == (68, 0)


def test_settling_twice_counts_once(ledger: Ledger) -> None:
    charge = go(ledger)
    settle(ledger, charge, 68)
    settle(ledger, charge, 68)
    assert spent(ledger) == (68, 0)
    with ledger.read() as connection:
        assert spending_of(connection, "run") == (1, 68, 0)


def test_a_request_that_never_left_is_no_request(ledger: Ledger) -> None:
    charge = go(ledger)
    with ledger.write() as connection:
        charges.cancel(connection, charge, now=NOW)
        charges.cancel(connection, charge, now=NOW)
        assert spending_of(connection, "run") == (0, 0, 0)
    assert spent(ledger) == (0, 0)


def test_rule_2_the_month_is_never_overspent_even_while_answers_are_out(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 700})
    first, second = go(ledger, budget), go(ledger, budget)
    assert isinstance(ask(ledger, budget), RetryLater)
    settle(ledger, first, 350)
    settle(ledger, second, 350)
    refused = ask(ledger, budget)
    assert isinstance(refused, BudgetExceeded)
    assert (refused.setting, refused.available_credits) == ("budget.monthly_credits", 0)


def test_a_cheaper_answer_frees_what_it_did_not_cost(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 700})
    for _ in range(3):
        settle(ledger, go(ledger, budget), 50)
    assert isinstance(ask(ledger, budget), Granted)


def test_a_new_month_has_a_new_budget(ledger: Ledger) -> None:
    budget = OPEN.model_copy(update={"monthly_credits": 350})
    settle(ledger, go(ledger, budget), 350)
    assert isinstance(ask(ledger, budget), BudgetExceeded)
    assert isinstance(ask(ledger, budget, now=NOW + timedelta(days=31)), Granted)


def test_a_lane_stops_at_its_share_and_another_goes_on(ledger: Ledger) -> None:
    budget = Budget(monthly_credits=1000, lane_shares={"hourly": 0, "daily": 0, "backfill": 0.5}, reserve_share=0)
    settle(ledger, go(ledger, budget), 350)
    refused = ask(ledger, budget)
    assert isinstance(refused, BudgetExceeded)
    assert refused.setting == "budget.lane_shares.backfill"
    assert isinstance(ask(ledger, budget, replace(ASK, lane="hourly")), Granted)


def test_a_run_stops_at_its_own_cap(ledger: Ledger) -> None:
    with ledger.write() as connection:
        open_run(connection, "small", "backfill", 400, NOW)
    question = replace(ASK, run_id="small")
    settle(ledger, go(ledger, question=question), 350)
    refused = ask(ledger, question=question)
    assert isinstance(refused, BudgetExceeded)
    assert (refused.setting, refused.available_credits) == ("budget.run_credits (or --max-credits)", 50)


def test_the_account_bounds_everything_from_its_last_reading_on(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0, credits_limit=600, credits_remaining=600))
    settle(ledger, go(ledger), 350)
    refused = ask(ledger)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 250


def test_the_plans_rate_is_kept_over_all_asks_by_departures_booked_a_moment_ahead(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_second=2, requests_per_minute=3))
    departures = [booked(ledger, NOW), booked(ledger, NOW)]
    assert departures == [NOW, NOW + timedelta(seconds=0.45)]
    third = ask(ledger, now=NOW + timedelta(seconds=0.4))
    assert third == RetryLater(pytest.approx(1.04 - 0.4 - 0.5), "the plan's request rate")
    assert booked(ledger, NOW + timedelta(seconds=0.6)) == NOW + timedelta(seconds=1.04)
    minute = ask(ledger, now=NOW + timedelta(seconds=10))
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
def test_a_rate_below_one_is_one_request_in_a_longer_time(ledger: Ledger, limits: Limits, seconds: float) -> None:
    read_account(ledger, limits)
    go(ledger)
    found = ask(ledger)
    assert found == RetryLater(pytest.approx(seconds - 0.5), "the plan's request rate")


def test_an_account_that_is_overdrawn_buys_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_remaining=0))
    refused = ask(ledger)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 0


def test_the_moment_of_a_permit_is_read_while_nobody_else_can_write(url: str, ledger: Ledger) -> None:
    def clock() -> datetime:
        sqlite = url.startswith("sqlite")
        engine = create_engine(url, connect_args={"timeout": 0} if sqlite else {})
        lock = "BEGIN IMMEDIATE" if sqlite else "SELECT id FROM ledger_lock FOR UPDATE NOWAIT"
        with engine.connect() as other, pytest.raises(OperationalError, match="lock"):
            other.exec_driver_sql(lock)
        engine.dispose()
        return NOW

    assert isinstance(permits.permit(ledger, ASK, OPEN, clock), Granted)


def test_a_late_departure_is_noted_and_keeps_those_after_it_at_their_distance(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    late = NOW + timedelta(seconds=0.4)
    assert permits.rebook(ledger, permitted(ledger), lambda: late) == late
    assert booked(ledger, NOW + timedelta(seconds=60.5)) == late + timedelta(seconds=60.5)


def test_a_departure_missed_by_far_goes_behind_those_that_were_booked_meanwhile(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_second=2))
    first, second = permitted(ledger), booked(ledger, NOW)
    third = booked(ledger, NOW + timedelta(seconds=0.9))
    assert (second, third) == (NOW + timedelta(seconds=0.45), NOW + timedelta(seconds=1.04))
    missed = permits.rebook(ledger, first, lambda: NOW + timedelta(seconds=0.95))
    assert missed == second + timedelta(seconds=1.04)


def test_a_free_request_takes_its_place_in_the_rate_and_nothing_of_the_budget(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    assert isinstance(permits.permit_free(ledger, "limits", lambda: NOW), Granted)
    assert spent(ledger) == (0, 0)
    with ledger.read() as connection:
        assert spending_of(connection, "run") == (0, 0, 0)
    assert isinstance(ask(ledger), RetryLater)
    assert isinstance(permits.permit_free(ledger, "limits", lambda: NOW), RetryLater)


def test_a_clock_that_was_set_back_does_not_stop_everything_until_it_has_caught_up(ledger: Ledger) -> None:
    read_account(ledger, Limits(requests_per_minute=1))
    go(ledger, now=NOW + timedelta(hours=5))
    assert booked(ledger, NOW) == NOW


def test_rule_2_what_answers_leave_to_the_account_is_shared_by_reservations_not_promised_to_each(
    ledger: Ledger,
) -> None:
    told = replace(ASK, ceiling_credits=800)
    first, _ = go(ledger, question=told), go(ledger, question=told)
    assert isinstance(ask(ledger, question=told), RetryLater)
    settle(ledger, first, 350)
    lose(ledger, first + 1)
    refused = ask(ledger, question=told)
    assert isinstance(refused, BudgetExceeded)
    assert refused.available_credits == 100


def test_rule_2_a_lost_reservation_counts_as_spent_until_the_account_says_otherwise(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000, credits_limit=9000))
    lose(ledger, go(ledger))
    assert spent(ledger) == (0, 350)
    read_account(ledger, Limits(credits_used=1000, credits_limit=9000), LATER)
    assert spent(ledger) == (0, 0)


def test_a_lost_reservation_is_kept_while_the_vendor_may_still_charge_it(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000))
    lose(ledger, go(ledger))
    assert read_account(ledger, Limits(credits_used=1000), LATER - timedelta(seconds=1)) == Explained()
    assert spent(ledger) == (0, 350)
    assert read_account(ledger, Limits(credits_used=1068), LATER).charged_credits == 68
    assert spent(ledger) == (68, 0)


def test_a_lost_reservation_that_was_charged_is_settled_at_what_the_account_shows(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000))
    settle(ledger, go(ledger), 200)
    lose(ledger, go(ledger))
    assert read_account(ledger, Limits(credits_used=1268), LATER) == Explained(charged_credits=68)
    assert spent(ledger) == (268, 0)


def test_lost_answers_may_have_cost_a_little_more_than_reserved(ledger: Ledger) -> None:
    """An answer of 1,001 rows that nobody saw; use far beyond that is somebody else's."""
    full = replace(ASK, worst_credits=3050)
    read_account(ledger, Limits(credits_used=0))
    lose(ledger, go(ledger, question=full))
    assert read_account(ledger, Limits(credits_used=3053), LATER) == Explained(charged_credits=3053)
    assert spent(ledger) == (3053, 0)
    lose(ledger, go(ledger, question=full))
    later = read_account(ledger, Limits(credits_used=3053 + 9050), LATER)
    assert (later.charged_credits, later.unexplained_credits) == (3355, 9050 - 3355)


def test_an_excess_lifts_every_reservation_that_is_open(ledger: Ledger) -> None:
    full = replace(ASK, worst_credits=3050, row_limit=1000, prices=Prices())
    seen, lost = go(ledger, question=full), go(ledger, question=full)
    lose(ledger, lost)
    with ledger.write() as connection:
        charges.settle(connection, seen, 9050, source="X-Credits-Used", now=NOW)
        exceeded = observe(connection, seen, ObservedCharge(1000, 3000, 9050), Prices(), NOW)
        assert exceeded == WorstCase(Prices())
    assert spent(ledger) == (9050, 9050)
    capped = OPEN.model_copy(update={"monthly_credits": 20_000})
    refused = ask(ledger, capped, full)
    assert isinstance(refused, BudgetExceeded)
    with ledger.read() as connection:
        corrected = Prices(base_credits=51)
        assert worst_case_of(connection, corrected, NOW) == WorstCase(corrected)


def test_an_excess_is_forgotten_once_it_was_not_seen_for_long(ledger: Ledger) -> None:
    with ledger.write() as connection:
        for day, again in enumerate((True, True, False)):
            now = NOW + day * REMEMBERED / 2
            exceeded = observe(connection, day, ObservedCharge(1000, 3000, 9050), Prices(), now) if again else None
            assert (exceeded is None) == (day > 0)
            assert worst_case_of(connection, Prices(), now).credits(1000) == 9050
        assert worst_case_of(connection, Prices(), NOW + 2 * REMEMBERED).credits(1000) == 3050


def test_spending_that_nothing_here_explains_is_told(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0))
    settle(ledger, go(ledger), 50)
    assert read_account(ledger, Limits(credits_used=4050)).unexplained_credits == 4000


def test_a_reading_with_a_request_in_flight_explains_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0))
    lose(ledger, go(ledger))
    go(ledger)
    assert read_account(ledger, Limits(credits_used=0)) == Explained()
    assert spent(ledger) == (0, 700)


def test_a_new_billing_cycle_settles_nothing_by_guess(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=9000, credits_limit=9100))
    lose(ledger, go(ledger, question=replace(ASK, worst_credits=50)))
    assert read_account(ledger, Limits(credits_used=0, credits_limit=9100)) == Explained()
    assert spent(ledger) == (0, 50)


def test_an_account_that_does_not_say_leaves_the_balance_unknown(ledger: Ledger) -> None:
    read_account(ledger, Limits(plan="pro"))
    with ledger.read() as connection:
        account = account_of(connection)
    assert account is not None
    assert account.available_credits is None
    assert isinstance(ask(ledger), Granted)


SPENDER = """
import json, sys
from datetime import datetime, timezone
from include.ledger.credits import charges, permits
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.permits import PermitRequest
from include.ledger.database.engine import open_ledger
from include.ledger.credits.permits import Granted
from include.settings import Budget
url, name = sys.argv[1:]
paid = 0
with open_ledger(url) as ledger:
    while True:
        now = datetime(2026, 3, 8, tzinfo=timezone.utc)
        budget = Budget(
            monthly_credits=3000, lane_shares={"hourly": 0, "daily": 0, "backfill": 1}, reserve_share=0
        )
        answer = permits.permit(ledger, PermitRequest("run", "backfill", name, 0, 100), budget, lambda: now)
        if isinstance(answer, Granted):
            paid += 80
            with ledger.write() as connection:
                charges.settle(connection, answer.charge_id, 80, source="test", now=now)
        elif isinstance(answer, BudgetExceeded):
            break
print(json.dumps(paid))
"""


@pytest.mark.slow
def test_rule_2_eight_processes_never_spend_a_credit_over_a_shared_budget(url: str, ledger: Ledger) -> None:
    command = [sys.executable, "-c", SPENDER, url]
    children = [subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(8)]
    paid = sum(json.loads(child.communicate()[0]) for child in children)
    assert 3000 - 100 < paid <= 3000
    with open_ledger(url) as again, again.read() as connection:
        assert totals(connection) == (paid, 0)
