"""Behaviours 29 to 31: how fast, and how long to wait."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from include.domain.market import Interval
from include.kwery.answers.headers import rate_limit_pause_seconds
from include.kwery.errors import NoAnswerGiven, RateLimited
from include.kwery.retry import RetryPolicy
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted, RetryLater, permit
from include.ledger.credits.rate_limit import BOOKED_AHEAD
from include.ledger.database.engine import open_ledger
from include.pipeline.vendor.client import client_of, read_account
from include.settings.budget import Budget
from tests import clock
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.vendor import hours, page
from tests.kwery.conftest import Start
from tests.kwery.pages import page_reply, request
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import NOW, run_steps, scope

ASK = PermitRequest("run", "hourly", "window", 0, 350)
STATED = "Sat, 07 Mar 2026 11:00:00 GMT"
SEVEN_LATER = "Sat, 07 Mar 2026 11:00:07 GMT"


def waits_of(start: Start, reply: Reply, **policy: Any) -> list[float]:
    """The pauses that the policy makes before it gives a 429 up."""
    client, server = start(reply)
    waits: list[float] = []
    with pytest.raises(RateLimited):
        RetryPolicy(**policy).call(lambda: client.page(request()), waits.append)
    assert len(server.asked) == len(waits) + 1
    return waits


def test_behaviour_29_a_429_waits_as_the_vendor_says_else_backs_off(start: Start) -> None:
    """Attempts and waits are bounded."""

    def limited(headers: dict[str, str], **body: Any) -> Reply:
        return Reply(429, {"error": "rate_limited", **body}, {"Date": STATED, **headers})

    for reply in (
        limited({"Retry-After": "7"}, retry_after=99),
        limited({"Retry-After": SEVEN_LATER}),
        limited({}, retry_after=7),
    ):
        assert waits_of(start, reply, attempts=3) == [7, 7]
    grown = waits_of(start, limited({}), attempts=6, base_seconds=1, max_wait_seconds=5)
    assert all(full / 2 <= wait <= full for wait, full in zip(grown, (1, 2, 4, 5, 5), strict=True))
    assert waits_of(start, limited({"Retry-After": "3600"}), max_wait_seconds=60) == [], "it is not asked too early"


@pytest.mark.parametrize(
    "wait",
    ["Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z", "1e400", "9" * 400, "999999999999999999999"],
)
def test_behaviour_63_a_wait_without_end_stops_and_a_304_is_no_redirect(wait: str, start: Start) -> None:
    """A date that no clock reaches, and numbers that no float holds, are waits all the same."""
    for reply in (Reply(429, {}, {"Retry-After": wait}), Reply(429, {"retry_after": wait}, {})):
        assert waits_of(start, reply) == []
    assert rate_limit_pause_seconds({"x-ratelimit-remaining": "0", "x-ratelimit-reset": wait}, NOW) > 10**8
    for unreadable in ("-5", "soon", "nan", "inf", "", "Fri, 31 Dec 9999 23:59:59 -0100"):
        assert len(waits_of(start, Reply(429, {}, {"Retry-After": unreadable}), attempts=2)) == 1
    for status in (300, 304, 305, 399):
        client, server = start(Reply(status))
        with pytest.raises(NoAnswerGiven, match=rf"answered {status} .* leads nowhere.*KWERY_BASE_URL"):
            client.page(request())
        assert len(server.asked) == 1


def test_behaviour_30_a_used_up_rate_delays_the_next_call_until_its_reset(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    for reset in ("1772881207", "2026-03-07T11:00:07Z"):
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset, "Date": STATED}
        answer = start(page_reply(headers=headers))[0].page(request())
        assert answer.vendor_time is not None
        assert rate_limit_pause_seconds(answer.headers, answer.vendor_time) == 7

    arrivals: list[float] = []

    def reply(asked: Asked) -> Reply:
        arrivals.append(time.monotonic())
        if "after" in asked.query:
            return page(hours(12, 24))
        reset = (NOW + timedelta(seconds=0.5)).isoformat()
        return page(hours(0, 12), {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, next_cursor="c")

    settings = settings_for(start_vendor(reply).base_url)
    assert run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",))).complete
    assert arrivals[1] - arrivals[0] >= 0.5


def test_behaviour_31_requests_are_paced_by_the_accounts_rates(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """As `/v1/limits` names them."""
    by_rates: list[tuple[dict[str, int], int, int]] = [
        ({"requests_per_second": 2, "requests_per_minute": 600}, 2, 1),
        ({"requests_per_minute": 3, "requests_per_hour": 600}, 3, 60),
        ({"per_hour": 4}, 4, 3600),
    ]
    vendor = start_vendor(page([]))
    for rates, allowed, pause in by_rates:
        vendor.limits = vendor.limits | {"rate_limits": rates}
        settings = settings_for(vendor.base_url, home=f"pause_{pause}")
        with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
            read_account(settings, ledger, client)
            later = clock.now() + timedelta(hours=2)  # the free request before is no longer counted then
            *permits, last = [permit(ledger, ASK, Budget(), lambda now=later: now) for _ in range(allowed + 1)]
        assert all(isinstance(one, Granted) for one in permits)
        assert isinstance(last, RetryLater)
        assert pause <= last.seconds + BOOKED_AHEAD.total_seconds() <= pause + 1
