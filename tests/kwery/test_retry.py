"""The one retry policy and the pacing by the vendor's headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kwery.answers.headers import rate_limit_pause_seconds
from include.kwery.errors import (
    ContractBroken,
    CreditsExhausted,
    CursorRejected,
    EndpointMissing,
    HistoryDepthExceeded,
    KeyRefused,
    KweryError,
    PlanRefused,
    RateLimited,
    RedirectRefused,
    RequestInvalid,
    SeriesRefused,
    TransportFailed,
    VendorUnavailable,
)
from include.kwery.retry import RetryPolicy
from tests.kwery.conftest import Start
from tests.kwery.scripted_server import Reply

NOW = datetime(2026, 3, 7, 11, tzinfo=UTC)
FINAL = [
    SeriesRefused,
    RequestInvalid,
    PlanRefused,
    HistoryDepthExceeded,
    CursorRejected,
    CreditsExhausted,
    KeyRefused,
    EndpointMissing,
    RedirectRefused,
]


@pytest.mark.parametrize("kind", FINAL)
def test_a_final_refusal_is_never_asked_again(kind: type[KweryError]) -> None:
    assert RetryPolicy().decide(kind("no", wait_seconds=1), 1) is None


@pytest.mark.parametrize("kind", [RateLimited, VendorUnavailable, TransportFailed])
def test_attempts_are_bounded(kind: type[KweryError]) -> None:
    policy = RetryPolicy(attempts=3)
    assert [policy.decide(kind("no"), attempt) is None for attempt in (1, 2, 3, 4)] == [False, False, True, True]


def test_an_unreadable_answer_is_asked_once_more_only() -> None:
    policy = RetryPolicy(attempts=9)
    assert policy.decide(ContractBroken("odd"), 1) is not None
    assert policy.decide(ContractBroken("odd"), 2) is None


def test_the_vendors_wait_is_kept_exactly() -> None:
    assert RetryPolicy().decide(RateLimited("no", wait_seconds=7), 1) == 7


def test_a_wait_beyond_the_bound_is_not_cut_short_but_ends_the_attempts() -> None:
    assert RetryPolicy(max_wait_seconds=60).decide(RateLimited("no", wait_seconds=61), 1) is None


@pytest.mark.parametrize("wait_seconds", [None, 0, -3])
def test_without_a_wait_the_pause_doubles_and_stays_bounded(wait_seconds: float | None) -> None:
    policy = RetryPolicy(attempts=10_000, max_wait_seconds=20, base_seconds=1)
    for attempt, full in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 20), (5000, 20)]:
        wait = policy.decide(RateLimited("no", wait_seconds=wait_seconds), attempt)
        assert wait is not None
        assert full / 2 <= wait <= full


def test_workers_do_not_return_together() -> None:
    policy = RetryPolicy()
    assert len({policy.decide(VendorUnavailable("no"), 2) for _ in range(20)}) > 1


def test_a_free_request_is_repeated_until_it_answers(start: Start) -> None:
    client, server = start(Reply(503), Reply(429, headers={"Retry-After": "5"}), Reply(body={"plan": "pro"}))
    waits: list[float] = []
    assert RetryPolicy().call(client.limits, waits.append).plan == "pro"
    assert len(server.asked) == 3
    assert waits[1] == 5


def test_the_last_error_is_raised_when_the_policy_gives_up(start: Start) -> None:
    client, server = start(Reply(503))
    with pytest.raises(VendorUnavailable):
        RetryPolicy(attempts=3).call(client.limits, lambda seconds: None)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772881210"}, 10),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772881210.5"}, 10.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-07T11:00:10Z"}, 10),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-07T11:00:10.000000+00:00"}, 10),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-07T10:59:00Z"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, 0),
        ({"x-ratelimit-remaining": "0"}, 0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1772881210"}, 0),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "1772881210"}, 0),
        ({"x-ratelimit-reset": "1772881210"}, 0),
        ({}, 0),
    ],
)
def test_a_used_up_rate_holds_back_until_its_reset(headers: dict[str, str], seconds: float) -> None:
    assert rate_limit_pause_seconds(headers, NOW) == seconds


@given(remaining=st.text(max_size=20), reset=st.text(max_size=20))
def test_no_header_text_breaks_the_pacing(remaining: str, reset: str) -> None:
    assert rate_limit_pause_seconds({"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}, NOW) >= 0
    assert rate_limit_pause_seconds({"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}, NOW) >= 0
