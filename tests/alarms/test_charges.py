from __future__ import annotations

from datetime import timedelta

import pytest

from include.alarms.alarm import Severity
from include.alarms.charges import price_drift_alarms, unexplained
from include.domain.facts import DifferingCharge
from include.settings.prices import Prices

PRICES = Prices()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("credits", "severities"),
    [
        (350, []),
        (367, []),  # within 5 % of 350
        (368, [Severity.ERROR]),
        (333, []),
        (332, [Severity.WARNING]),
        (0, [Severity.WARNING]),
        (700, [Severity.ERROR]),
    ],
)
def test_a_hundred_rows_cost_350_credits_give_or_take_the_tolerance(credits: int, severities: list[Severity]) -> None:
    assert [
        alarm.severity for alarm in price_drift_alarms([DifferingCharge("w", 100, credits)], PRICES, 0.05, DAY)
    ] == severities


def test_a_new_price_is_one_alarm_with_its_sum_and_the_setting_to_change() -> None:
    [alarm] = price_drift_alarms(
        [DifferingCharge("a", 0, 60), DifferingCharge("b", 100, 460), DifferingCharge("c", 0, 50)], PRICES, 0.05, DAY
    )
    assert alarm.subject == "b"
    assert "2 charges of the last 24 hours differ from the price table by +120 credits" in alarm.sentence
    assert "100 rows cost 460 where 350 were expected" in alarm.sentence
    assert "`prices` in pipeline.yaml" in alarm.sentence


def test_spending_of_somebody_else_is_an_error_above_the_tolerance() -> None:
    assert unexplained(100, 0, 100) == []
    assert unexplained(-500, 0, 100) == []
    [alarm] = unexplained(101, 0, 100)
    assert alarm.severity is Severity.ERROR
    assert "101 credits that this ledger did not spend" in alarm.sentence
    assert "price" not in alarm.sentence


def test_answers_without_a_charge_may_explain_a_price_change() -> None:
    [alarm] = unexplained(4000, 12, 100)
    assert "12 answers named no charge" in alarm.sentence
