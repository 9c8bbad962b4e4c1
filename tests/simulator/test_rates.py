from __future__ import annotations

import pytest

from include.simulator.errors import ApiError
from include.simulator.plans import PLANS, Rate
from include.simulator.rates import SlidingWindows

from .conftest import MakeCaller


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("plan", list(PLANS))
def test_a_plan_admits_its_rate_and_not_one_more(plan: str) -> None:
    windows = SlidingWindows(PLANS[plan].rates, Seconds())
    for _ in range(PLANS[plan].rates[0].requests):
        windows.admit(enforce=True)
    with pytest.raises(ApiError) as caught:
        windows.admit(enforce=True)
    assert (caught.value.status, caught.value.body["error"]) == (429, "rate_limited")
    assert caught.value.headers["Retry-After"] == str(PLANS[plan].rates[0].seconds)


def test_the_window_slides_and_refused_requests_do_not_count() -> None:
    clock = Seconds()
    windows = SlidingWindows((Rate(2, 60),), clock)
    windows.admit(enforce=True)
    clock.now += 30
    windows.admit(enforce=True)
    for _ in range(5):
        with pytest.raises(ApiError, match="Retry after 30 s"):
            windows.admit(enforce=True)
    clock.now += 30
    assert windows.admit(enforce=True).remaining == 0
    with pytest.raises(ApiError, match="Retry after 30 s"):
        windows.admit(enforce=True)


def test_the_longer_window_holds_when_the_shorter_has_room() -> None:
    clock = Seconds()
    windows = SlidingWindows((Rate(1, 1), Rate(3, 60)), clock)
    for _ in range(3):
        windows.admit(enforce=True)
        clock.now += 2
    with pytest.raises(ApiError, match="Retry after 54 s"):
        windows.admit(enforce=True)


def test_a_free_account_meets_429_though_the_clock_is_pinned(caller: MakeCaller) -> None:
    asking = caller(key="kwery_test_free_1", enforce_rates=True)
    answers = [asking.page("limits") for _ in range(16)]
    assert [answer.status for answer in answers] == [200] * 15 + [429]
    assert answers[-1].headers["Retry-After"] == str(answers[-1].body["retry_after"])
    assert answers[0].headers["X-RateLimit-Remaining"] == "14"
    assert asking.using("kwery_test_free_2").page("limits").status == 200
