from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include.kwery.models import Limits
from include.ledger.credits.reconcile import Explained
from include.ledger.database.engine import Ledger
from tests.ledger.credits.spending import ASK, LATER, granted, lose, read_account, settle, spent


def test_rule_2_lost_reservation_counts_as_spent_until_account_is_read(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000, credits_limit=9000))
    lose(ledger, granted(ledger))
    assert spent(ledger) == (0, 350)
    read_account(ledger, Limits(credits_used=1000, credits_limit=9000), LATER)
    assert spent(ledger) == (0, 0)


def test_lost_reservation_is_kept_while_it_may_be_charged(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000))
    lose(ledger, granted(ledger))
    assert read_account(ledger, Limits(credits_used=1000), LATER - timedelta(seconds=1)) == Explained()
    assert spent(ledger) == (0, 350)
    assert read_account(ledger, Limits(credits_used=1068), LATER).charged_credits == 68
    assert spent(ledger) == (68, 0)


def test_lost_reservation_is_settled_at_what_the_account_shows(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=1000))
    settle(ledger, granted(ledger), 200)
    lose(ledger, granted(ledger))
    assert read_account(ledger, Limits(credits_used=1268), LATER) == Explained(charged_credits=68)
    assert spent(ledger) == (268, 0)


def test_lost_answers_may_exceed_their_reservation_a_little(ledger: Ledger) -> None:
    """An answer of 1,001 rows was lost; use far beyond that is another program's."""
    full = replace(ASK, worst_credits=3050)
    read_account(ledger, Limits(credits_used=0))
    lose(ledger, granted(ledger, request=full))
    assert read_account(ledger, Limits(credits_used=3053), LATER) == Explained(charged_credits=3053)
    assert spent(ledger) == (3053, 0)
    lose(ledger, granted(ledger, request=full))
    later = read_account(ledger, Limits(credits_used=3053 + 9050), LATER)
    assert (later.charged_credits, later.unexplained_credits) == (3355, 9050 - 3355)


def test_spending_of_others_is_unexplained(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0))
    settle(ledger, granted(ledger), 50)
    assert read_account(ledger, Limits(credits_used=4050)).unexplained_credits == 4000


def test_reading_with_a_request_in_flight_explains_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=0))
    lose(ledger, granted(ledger))
    granted(ledger)
    assert read_account(ledger, Limits(credits_used=0)) == Explained()
    assert spent(ledger) == (0, 700)


def test_new_billing_cycle_settles_nothing(ledger: Ledger) -> None:
    read_account(ledger, Limits(credits_used=9000, credits_limit=9100))
    lose(ledger, granted(ledger, request=replace(ASK, worst_credits=50)))
    assert read_account(ledger, Limits(credits_used=0, credits_limit=9100)) == Explained()
    assert spent(ledger) == (0, 50)
