from __future__ import annotations

from datetime import timedelta

import pytest

from include.kwery.models import Limits
from include.ledger.credits.account import deeper_since, note_reading
from include.ledger.database.engine import Ledger
from tests.ledger.conftest import NOW

Plan = tuple[str | None, int | None]


@pytest.mark.parametrize(
    ("plans", "grew"),
    [
        ([], None),
        ([("pro", 30)], None),
        ([("free", 7), ("pro", 30)], 1),
        ([("free", 7), ("pro", 30), ("pro", 30)], 1),
        ([("pro", 30), ("free", 7)], None),
        ([("pro", 30), ("free", 7), ("pro", 30)], 2),
        ([("pro", 30), ("pro", 60), ("pro", 90)], 2),
        ([("pro", 30), ("business", None)], 1),
        ([("pro", None), ("business", None)], 1),
        ([("business", None), ("pro", 30)], None),
        ([("pro", 30), ("pro", None)], None),  # a missing bound is not a full history
        ([("pro", 30), (None, None)], None),
        ([("pro", 30), (None, None), ("pro", 30)], None),
    ],
)
def test_plan_grew_at_the_first_reading_of_a_deeper_one(ledger: Ledger, plans: list[Plan], grew: int | None) -> None:
    moments = [NOW + number * timedelta(days=1) for number in range(len(plans))]
    with ledger.write() as connection:
        for (plan, days), moment in zip(plans, moments, strict=True):
            limits = Limits(plan=plan, max_history_days=days, vendor_time=moment - timedelta(hours=1))
            note_reading(connection, limits, 0, clean=True, now=moment)
        expected = None if grew is None else moments[grew] - timedelta(hours=1)
        assert deeper_since(connection) == expected
