from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from include.kwery.models import Limits
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries.recent import unexplained_since
from include.ledger.queries.reconciliation import Reconciliation, reconciliation_of
from include.ledger.work.runs import open_run
from include.settings.budget import Budget
from include.settings.prices import Prices
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import granted, lose, settle, spent


def read_account(ledger: Ledger, used: int | None, now: datetime = NOW) -> None:
    note_account(ledger, Limits(credits_used=used), before_reading(ledger, timedelta()), now, Prices())


def spend(ledger: Ledger, credits: int, *, lost: bool = False) -> None:
    """One request. When it is lost, its answer is never seen, and the vendor may charge it or not."""
    answer = permits.permit(ledger, PermitRequest("run", "backfill", "w", 0, 350), Budget(), lambda: NOW)
    assert isinstance(answer, Granted)
    with ledger.write() as connection:
        if lost:
            charges.mark_unknown(connection, answer.charge_id, "no answer")
        else:
            charges.settle(connection, answer.charge_id, credits, source="X-Credits-Used", now=NOW)


def reconciled(ledger: Ledger) -> Reconciliation:
    with ledger.read() as connection:
        found = reconciliation_of(connection)
    assert found is not None
    return found


def test_unread_account_has_no_reconciliation(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert reconciliation_of(connection) is None
    read_account(ledger, None)
    with ledger.read() as connection:
        assert reconciliation_of(connection) is None


def test_lost_charges_and_use_by_others_are_separate(ledger: Ledger) -> None:
    read_account(ledger, 1000)
    spend(ledger, 200)
    spend(ledger, 0, lost=True)
    spend(ledger, 0, lost=True)
    read_account(ledger, 1268)
    read_account(ledger, 5268, NOW + timedelta(days=1))
    found = reconciled(ledger)
    assert (found.account_used, found.ledger_settled, found.unexplained) == (4268, 268, 4000)
    assert (found.lost_settled, found.lost_released) == (68, 350)
    assert (found.since, found.until) == (NOW, NOW + timedelta(days=1))


def test_new_billing_cycle_begins_a_new_comparison(ledger: Ledger) -> None:
    read_account(ledger, 9000)
    read_account(ledger, 9500)
    read_account(ledger, 10, NOW + timedelta(days=1))
    spend(ledger, 50)
    read_account(ledger, 60, NOW + timedelta(days=2))
    found = reconciled(ledger)
    assert (found.account_used, found.ledger_settled, found.unexplained) == (50, 50, 0)


def test_reading_with_a_request_in_flight_is_not_compared(ledger: Ledger) -> None:
    read_account(ledger, 0)
    answer = permits.permit(ledger, PermitRequest("run", "backfill", "w", 0, 350), Budget(), lambda: NOW)
    assert isinstance(answer, Granted)
    read_account(ledger, 350)
    assert reconciled(ledger).account_used == 0
    with ledger.write() as connection:
        charges.settle(connection, answer.charge_id, 350, source="X-Credits-Used", now=NOW)
    read_account(ledger, 350)
    assert (reconciled(ledger).account_used, reconciled(ledger).unexplained) == (350, 0)


def test_first_reading_settles_what_was_lost_before_it(ledger: Ledger) -> None:
    """The next one cannot: it shows no difference, so that a charged answer would count as free."""
    spend(ledger, 200)
    spend(ledger, 0, lost=True)
    spend(ledger, 0, lost=True)
    read_account(ledger, 268)
    read_account(ledger, 268)
    assert spent(ledger) == (268, 0)
    assert (reconciled(ledger).account_used, reconciled(ledger).unexplained) == (0, 0)


def test_lost_answers_beside_another_programs_use_count_in_full(ledger: Ledger) -> None:
    spend(ledger, 0, lost=True)
    spend(ledger, 0, lost=True)
    read_account(ledger, 90_000)
    read_account(ledger, 90_000)
    assert spent(ledger) == (700 + 70, 0)  # one may have had more rows than its limit


def test_lost_answers_of_a_renewed_cycle_are_settled_by_its_use(ledger: Ledger) -> None:
    read_account(ledger, 9000)
    spend(ledger, 0, lost=True)
    read_account(ledger, 60, NOW + timedelta(days=1))
    read_account(ledger, 60, NOW + timedelta(days=1))
    assert spent(ledger) == (60, 0)


def test_lost_answers_of_the_cycle_before_count_in_full(ledger: Ledger) -> None:
    read_account(ledger, 9000)
    spend(ledger, 0, lost=True)
    read_account(ledger, 60, NOW + timedelta(days=31))
    read_account(ledger, 60, NOW + timedelta(days=31))
    assert spent(ledger) == (350, 0)


def test_a_cycle_that_used_more_than_the_last_is_compared_with_none_of_it(ledger: Ledger) -> None:
    """By the difference, 300, the lost answer of 350 would count less, and no later reading shows it."""
    april = NOW + timedelta(days=31)
    read_account(ledger, 50)
    lose(ledger, granted(ledger, now=april))
    read_account(ledger, 350, april)
    assert spent(ledger) == (350, 0)
    with ledger.read() as connection:
        assert unexplained_since(connection, NOW).credits == 0


def test_an_answer_lost_by_a_clock_that_ran_ahead_is_explained(ledger: Ledger) -> None:
    """Its request is dated days from now: it was made before the next requests of this machine."""
    lose(ledger, granted(ledger, now=NOW + timedelta(days=5)))
    for minutes in (0, 1, 4):
        now = NOW + timedelta(minutes=minutes)
        settle(ledger, granted(ledger, now=now), 100)
        before = before_reading(ledger, timedelta(minutes=2))
        note_account(ledger, Limits(credits_used=350), before, now, Prices())
        assert spent(ledger)[1] == (350 if minutes < 2 else 0)
    assert spent(ledger) == (350, 0)


def test_count_that_lags_and_catches_up_is_explained(ledger: Ledger) -> None:
    read_account(ledger, 0)
    spend(ledger, 300)
    read_account(ledger, 100)
    read_account(ledger, 300)
    with ledger.read() as connection:
        assert unexplained_since(connection, NOW - timedelta(days=1)).credits == 0


STEP = st.tuples(st.integers(0, 350), st.booleans(), st.integers(0, 500), st.booleans())


@given(st.lists(STEP, max_size=8))
def test_account_use_is_the_ledgers_or_unexplained(steps: list[tuple[int, bool, int, bool]]) -> None:
    with open_ledger("sqlite://") as ledger:
        with ledger.write() as connection:
            open_run(connection, "run", "backfill", None, NOW)
        used = 700
        read_account(ledger, used)
        for credits, lost, strange, read in steps:
            spend(ledger, credits, lost=lost)
            used += credits + strange
            if read:
                read_account(ledger, used)
        found = reconciled(ledger)
        assert found.account_used == found.ledger_settled + found.unexplained
        assert found.unexplained <= sum(strange for _, _, strange, _ in steps)
