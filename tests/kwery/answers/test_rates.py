from __future__ import annotations

from typing import Any

import pytest

from include.kwery.answers.rates import rates_of


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"requests_per_second": "1/2"}, {"second": 0.5}),
        ({"requests_per_minute": "30/min"}, {"minute": 30}),
        ({"requests": "30/min"}, {"minute": 30}),
        ({"requests_per_second": "30/min"}, {"minute": 30}),
        ({"rate": "5 rps", "burst": "100 per 10 seconds"}, {"second": 5}),
        ({"rate": "1/2s"}, {"second": 0.5}),
        ({"rate": "600 requests per 2 minutes"}, {"minute": 300}),
        ({"requests_per_day": 2400}, {"hour": 100}),
        ({"requests_per_day": 2400, "requests_per_hour": 50}, {"hour": 50}),
        ({"daily": "4,800"}, {"hour": 200}),
        ({"per_week": 168}, {"hour": 1}),
        ({"per_minute": {"limit": 15, "remaining": 3}}, {"minute": 15}),
        ({"default": {"requests": 60, "window": "1m"}}, {"minute": 60}),
        ({"default": {"limit": 10, "window_seconds": 60}}, {"minute": 10}),
        ({"default": {"limit": "10", "per": "day"}}, {"hour": 10 / 24}),
        ({"limit": 100, "window_seconds": 60}, {"minute": 100}),
        ({"limit": 100, "window": 60}, {"minute": 100}),
        ({"per_10_seconds": 5}, {"second": 0.5}),
        ("30/min", {"minute": 30}),
        ([{"unit": "second", "limit": 0.5}, {"unit": "hour", "limit": 900}], {"second": 0.5, "hour": 900}),
    ],
)
def test_a_rate_is_read_in_any_spelling(given: Any, found: dict[str, float]) -> None:
    assert rates_of(given) == pytest.approx(found)


@pytest.mark.parametrize(
    "given",
    [
        {"current_per_second": 3},
        {"requests_per_second": "unlimited"},
        {"requests_per_second": "0/min"},
        {"requests_per_second": "-5/min"},
        {"requests_per_second": "1/0"},
        {"requests_per_second": "5 per fortnight"},
        {"requests": 5},
        {"per_second": None},
        {"per_second": True},
        {"default": {"limit": 5}},
    ],
)
def test_what_names_no_rate_is_none(given: dict[str, Any]) -> None:
    assert rates_of(given) == {}
