from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.alarms.alarm import Severity
from include.alarms.pace import Spending, pace

APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)


def spending(day: float, spent: int, steady: int | None = None, **limits: int) -> Spending:
    return Spending(APRIL, APRIL + timedelta(days=day), MAY, spent, spent if steady is None else steady, **limits)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (spending(10, 300_000), []),  # no limit is known
        (spending(10, 300_000, budget_credits=900_000), []),
        (spending(10, 300_000, budget_credits=899_999), [("budget.monthly_credits", Severity.ERROR)]),
        (spending(10, 300_000, account_credits=600_000), []),
        (spending(10, 300_000, account_credits=599_999), [("account", Severity.ERROR)]),
        (spending(2, 300_000, budget_credits=400_000), []),  # too early
        (spending(2, 400_000, budget_credits=400_000), [("budget.monthly_credits", Severity.ERROR)]),
        (spending(2, 0, account_credits=0), [("account", Severity.ERROR)]),
        (spending(10, 700_000, 100_000, budget_credits=900_000), []),  # a backfill is not repeated
    ],
)
def test_the_cycle_is_projected_and_compared_with_what_may_be_spent(
    found: Spending, expected: list[tuple[str, Severity]]
) -> None:
    assert [(alarm.subject, alarm.severity) for alarm in pace(found, 5)] == expected


def test_the_sentence_says_where_it_leads_and_what_to_do() -> None:
    [alarm] = pace(spending(10, 300_000, budget_credits=500_000), 5)
    assert (
        "300,000 credits are spent, and at this pace the billing cycle will take 900,000 of 500,000" in alarm.sentence
    )
    assert "want fewer symbols or intervals" in alarm.sentence
