"""Behaviours 22, 28, 32 to 35, 46 and 49: refusals and broken answers, sorted by what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.domain.market import Interval, Series
from include.kwery.errors import ContractBroken, EndpointMissing, HistoryDepthExceeded, KweryError, SeriesRefused
from include.kwery.models import Page
from include.kwery.retry import RetryPolicy
from include.pipeline.pricing.preview import preview
from tests.behaviours.conftest import MakeSettings, StartVendor, claims
from tests.behaviours.vendor import hours, page, refusal
from tests.kwery.conftest import Start
from tests.kwery.pages import request
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)


def outcome(start: Start, reply: Reply, attempts: int = 3) -> tuple[Page | KweryError, int]:
    """What asking by the retry policy comes to, without its pauses, and how many requests that took."""
    client, server = start(reply)
    try:
        return RetryPolicy(attempts).call(lambda: client.page(request()), lambda _: None), len(server.asked)
    except KweryError as error:
        return error, len(server.asked)


def test_behaviour_22_a_refused_source_does_not_stop_the_others(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`invalid_source` for Kalshi, for example."""

    def reply(asked: Asked) -> Reply:
        return refusal(400, "invalid_source") if asked.query.get("source") == "kalshi" else page(hours(0, 24))

    settings = settings_for(start_vendor(reply).base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=("kalshi", "binance_futures")))
    assert rows_of(settings, "DISTINCT source") == [("binance_futures",)]
    assert len(rows_of(settings)) == 24
    assert claims(settings, Series("BTC", "kalshi", Interval.H1)) == []
    assert any("BTC kalshi 1h" in sentence and "other series continue" in sentence for sentence in report.left)


def test_behaviour_28_a_402_stops_without_a_retry_and_keeps_pages(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The run says when it may continue."""
    vendor = start_vendor(page(hours(0, 12), next_cursor="c"), refusal(402, "credits_exhausted", retry_after=3600))
    settings = settings_for(vendor.base_url)
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    stopped = run_steps(settings, wanted)
    assert vendor.cursors == [None, "c"]
    assert any("402 credits_exhausted" in sentence and "3600 s" in sentence for sentence in stopped.left)
    assert not stopped.failed
    assert len(rows_of(settings)) == 12
    vendor.answer_by(page(hours(12, 24)))
    assert run_steps(settings, wanted).complete
    assert vendor.cursors == [None, "c", "c"]
    assert len(rows_of(settings)) == 24


def test_behaviour_32_401_and_403_are_final(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    for status, code in ((401, "unauthorized"), (403, "account_suspended")):
        vendor = start_vendor(refusal(status, code))
        settings = settings_for(vendor.base_url, home=code)
        report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
        assert len(vendor.questions) == 1
        assert report.failed
        assert any(code in sentence and "KWERY_API_KEY" in sentence for sentence in report.left)


def test_behaviour_33_only_errors_that_may_pass_are_retried(
    start: Start,
) -> None:
    """The number of attempts is bounded."""
    passing = [Reply(status) for status in (500, 502, 503, 504)] + [Reply(behaviour="reset"), Reply(behaviour="close")]
    assert [outcome(start, reply)[1] for reply in passing] == [3] * len(passing)
    for status in (501, 404, 410):
        error, requests = outcome(start, refusal(status, "gone"))
        assert (type(error), requests) == (EndpointMissing, 1)
    for status in (400, 422):
        error, requests = outcome(start, refusal(status, "invalid_interval"))
        assert (type(error), requests) == (SeriesRefused, 1)


def _shapes() -> Iterator[tuple[Any, str | None, str]]:
    said = {"error": "invalid_symbol", "message": "No such symbol"}
    yield said, "invalid_symbol", "No such symbol"
    yield {"detail": said}, "invalid_symbol", "No such symbol"
    yield {"detail": "No such symbol"}, None, "No such symbol"
    yield {"detail": [{"loc": ["query", "symbol"], "msg": "none"}]}, None, "query.symbol: none"
    yield {"message": "No such symbol"}, None, "No such symbol"
    yield "No such symbol", None, "No such symbol"
    yield "", None, "Bad Request"
    yield "<html><body><h1>No such</h1> symbol</body></html>", None, "No such symbol"


def test_behaviour_34_code_and_message_are_found_in_every_shape(start: Start) -> None:
    for body, code, message in _shapes():
        error, _ = outcome(start, Reply(400, body))
        assert isinstance(error, SeriesRefused)
        assert error.code == code
        assert message in str(error)


def test_behaviour_35_every_refusal_for_depth_is_one_outcome(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """No request is narrowed to fit."""
    refusals = [
        refusal(403, "tier_restricted", required_tier="pro"),
        refusal(403, "plan_required", required_tier="pro"),
        refusal(400, "invalid_time_range", required_tier="pro"),
    ]
    for reply in refusals:
        error, requests = outcome(start, reply)
        assert isinstance(error, HistoryDepthExceeded)
        assert (error.required_tier, requests) == ("pro", 1)
    vendor = start_vendor(*refusals)
    settings = settings_for(vendor.base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert vendor.starts == ["2026-03-07T00:00:00Z"]
    assert any("the vendor names plan pro" in sentence for sentence in report.left)
    assert not report.failed
    assert (report.credits, claims(settings)) == (0, [])


def test_behaviour_46_a_200_that_is_no_page_is_an_error_not_empty(
    start: Start, start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The error names the request id."""
    for body in ("<html>busy</html>", '{"meta": {}}', '{"data": null}', '{"data": [{"open', ""):
        error, requests = outcome(start, Reply(200, body, {"X-Request-ID": "r-9"}), attempts=9)
        assert isinstance(error, ContractBroken)
        assert "(request id r-9)" in str(error)
        assert requests == 2, "it may have been charged, so it is requested once more only"
    settings = settings_for(start_vendor(Reply(200, "<html>busy</html>", {"X-Request-ID": "r-9"})).base_url)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    assert report.failed
    assert any("r-9" in sentence for sentence in report.left)
    assert claims(settings) == []


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo Header: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n",
        f"HTTP/1.1 200 OK\r\nX-A: {'a' * 200_000}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Credits-Used: 122\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello",
    ],
    ids=["coding", "header", "nul", "long", "lengths", "version", "chunk"],
)
def test_an_answer_that_is_no_http_is_asked_once_more(start: Start, answer: str) -> None:
    """It arrived, so a repeat brings the same and may be charged again: it is not like a lost one."""
    error, requests = outcome(start, Reply(body=answer, behaviour="raw"), attempts=9)
    assert isinstance(error, ContractBroken)
    assert "it breaks the rules of HTTP (" in str(error)
    assert error.charge_credits == (122 if "122" in answer else None)
    assert not error.answer_seen
    assert requests == 2


def test_behaviour_49_lost_answers_are_retried_and_charged_once(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """Cut bodies and time-outs; the others arrive within these also on a busy machine."""
    whole = page(hours(0, 24))
    vendor = start_vendor(Reply(200, whole.body, whole.headers, "cut"), Reply(behaviour="hang"), whole)
    settings = settings_for(vendor.base_url, "api: {read_timeout_seconds: 5, total_timeout_seconds: 5}")
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE))
    each, worst = 50 + 3 * 24, 50 + 3 * 1000
    assert (len(vendor.questions), len(rows_of(settings))) == (3, 24)
    assert (report.credits, report.reserved_credits) == (2 * each, worst), "the answer never seen counts in full"
    vendor.limits = vendor.limits | {"credits": {"used": 2 * each, "limit": 1_000_000}}
    allowance = preview(settings, "backfill", scope(settings, Interval.H1)).allowance
    assert (allowance.spent, allowance.reserved) == (2 * each, 0), "the account says that it was not charged"
