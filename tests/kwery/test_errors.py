"""Refusals and failures, sorted by what happens next: status first, code second."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from include.domain.next_step import NextStep
from include.kwery.client import KweryClient
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
    SeriesRefused,
    TransportFailed,
    VendorUnavailable,
)
from include.kwery.http.deadline import Timeouts
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, page_reply, request
from tests.kwery.scripted_server import Reply, serving

WAIT, RETRY, STOP_SERIES, STOP_RUN = NextStep
HOUR_BEFORE = "Sat, 07 Mar 2026 11:00:00 GMT"


def failure(start: Start, reply: Reply, after: str | None = None, **options: Any) -> KweryError:
    client, server = start(reply, **options)
    with pytest.raises(KweryError) as caught:
        client.page(request(after))
    assert len(server.asked) == 1, "one call is one exchange, whatever its answer"
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "kind", "step"),
    [
        (400, "invalid_symbol", SeriesRefused, STOP_SERIES),
        (400, "invalid_source", SeriesRefused, STOP_SERIES),
        (400, "invalid_interval", SeriesRefused, STOP_SERIES),
        (400, "invalid_param", SeriesRefused, STOP_SERIES),
        (400, "never_seen_before", SeriesRefused, STOP_SERIES),
        (422, "validation_error", SeriesRefused, STOP_SERIES),
        (404, "symbol_not_found", SeriesRefused, STOP_SERIES),
        (400, "invalid_time_range", HistoryDepthExceeded, STOP_SERIES),
        (403, "tier_restricted", HistoryDepthExceeded, STOP_SERIES),
        (403, "plan_required", HistoryDepthExceeded, STOP_SERIES),
        (400, "plan_required", HistoryDepthExceeded, STOP_SERIES),
        (401, "unauthorized", KeyRefused, STOP_RUN),
        (401, "api_key_paused", KeyRefused, STOP_RUN),
        (403, "api_key_paused", KeyRefused, STOP_RUN),
        (403, "account_suspended", KeyRefused, STOP_RUN),
        (403, "never_seen_before", KeyRefused, STOP_RUN),
        (402, "credits_exhausted", CreditsExhausted, STOP_RUN),
        (429, "rate_limited", RateLimited, WAIT),
        (429, "rate_limit_exceeded", RateLimited, WAIT),
        (500, "internal_error", VendorUnavailable, RETRY),
        (502, "bad_gateway", VendorUnavailable, RETRY),
        (503, "unavailable", VendorUnavailable, RETRY),
        (504, "timeout", VendorUnavailable, RETRY),
        (522, "origin_timeout", VendorUnavailable, RETRY),
        (501, "not_implemented", EndpointMissing, STOP_RUN),
        (404, "not_found", EndpointMissing, STOP_RUN),
        (410, "gone", EndpointMissing, STOP_RUN),
    ],
)
def test_rule_8_status_and_code_decide_what_happens_next(
    start: Start, status: int, code: str, kind: type[KweryError], step: NextStep
) -> None:
    error = failure(start, Reply(status, {"error": code, "message": "Something about it."}))
    assert type(error) is kind
    assert (error.next_step, error.status, error.code) == (step, status, code)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": "invalid_symbol", "message": "No such symbol"}, "invalid_symbol", "No such symbol"),
        ({"detail": {"error": "invalid_symbol", "message": "No such symbol"}}, "invalid_symbol", "No such symbol"),
        ({"error": {"code": "invalid_symbol", "message": "No such symbol"}}, "invalid_symbol", "No such symbol"),
        ({"detail": "No such symbol"}, None, "No such symbol"),
        ({"message": "No such symbol"}, None, "No such symbol"),
        ({"error": "No such symbol"}, None, "No such symbol"),
        ({"detail": "invalid-symbol"}, "invalid_symbol", "invalid-symbol"),
        ({"errors": ["No such symbol", "Try BTC"]}, None, "No such symbol; Try BTC"),
        ('"No such symbol"', None, "No such symbol"),
        ("No such\n symbol", None, "No such symbol"),
        ({"detail": [{"loc": ["query", "symbol"], "msg": "bad"}]}, None, "query.symbol: bad"),
        ("", None, "Bad Request"),
        ("{}", None, "Bad Request"),
        ("[]", None, "Bad Request"),
        ("null", None, "Bad Request"),
        (b"\xff\xfe\x00", None, "400"),
        (
            "<!DOCTYPE html><html><head><style>b{}</style></head><body><h1>400</h1><p>Bad &amp; ugly</p></body></html>",
            None,
            "400 Bad & ugly",
        ),
    ],
)
def test_code_and_message_are_found_in_every_shape(start: Start, body: Any, code: str | None, message: str) -> None:
    error = failure(start, Reply(400, body))
    assert error.code == code
    assert message in str(error)
    assert "<" not in str(error)


def test_a_long_error_page_is_shortened(start: Start) -> None:
    assert len(str(failure(start, Reply(500, "<p>" + "word " * 5000)))) < 700


def test_rule_8_an_error_says_what_failed_where_and_what_is_next(start: Start) -> None:
    """On which series and window, too."""
    error = failure(start, Reply(429, {"error": "rate_limited"}, {"Retry-After": "3", "X-Request-ID": "r-7"}))
    assert str(error) == (
        "BTC binance_futures 4h [2026-03-07T00:00:00Z, 2026-03-08T00:00:00Z): the vendor answered 429 rate_limited: "
        "Too Many Requests (request id r-7). Next: wait, then ask again; pages that arrived are kept; "
        "not before 3 s from now, by Retry-After."
    )


def test_an_error_survives_pickling(start: Start) -> None:
    error = failure(start, Reply(402, {"error": "credits_exhausted"}, {"X-Credits-Used": "0"}))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7),
        ({"Retry-After": "Sat, 07 Mar 2026 11:00:30 GMT"}, {}, 30),
        ({"Retry-After": "soon"}, {"retry_after": 9}, 9),
        ({}, {"retry_after": "2.5"}, 2.5),
        ({}, {"detail": {"error": "rate_limited", "retry_after": 4}}, 4),
        ({"X-RateLimit-Reset": "1772881245"}, {}, 45),
        ({"X-RateLimit-Reset": "1772881245000"}, {}, 45),
        ({"X-RateLimit-Reset": "2026-03-07T11:01:00Z"}, {}, 60),
        ({"Retry-After": "2", "X-RateLimit-Reset": "2026-03-07T11:01:00Z"}, {"retry_after": 5}, 2),
        ({"Retry-After": "nan"}, {"retry_after": -1}, None),
        ({}, {}, None),
    ],
)
def test_the_wait_is_the_headers_else_the_bodys_else_the_resets(
    start: Start, headers: dict[str, str], body: dict[str, Any], seconds: float | None
) -> None:
    error = failure(start, Reply(429, {"error": "rate_limited", **body}, {**headers, "Date": HOUR_BEFORE}))
    assert error.wait_seconds == seconds
    assert (error.wait_reason is None) == (seconds is None)


@pytest.mark.parametrize("status", [402, 403, 500, 503])
def test_the_reset_of_the_rate_is_no_wait_for_other_refusals(start: Start, status: int) -> None:
    error = failure(start, Reply(status, "", {"X-RateLimit-Reset": "2026-03-07T11:01:00Z", "Date": HOUR_BEFORE}))
    assert error.wait_seconds is None


def test_a_wait_on_503_or_402_is_kept(start: Start) -> None:
    assert failure(start, Reply(503, "", {"Retry-After": "9"})).wait_seconds == 9
    assert failure(start, Reply(402, {"error": "credits_exhausted", "retry_after": 3600})).wait_seconds == 3600


def test_the_required_tier_is_carried(start: Start) -> None:
    body = {"error": "plan_required", "message": "More history needs Pro", "required_tier": "pro", "upgrade_url": "u"}
    error = failure(start, Reply(403, body))
    assert isinstance(error, HistoryDepthExceeded)
    assert error.required_tier == "pro"
    assert "pro" in str(error)


def test_an_interval_above_the_plan_is_not_taken_for_history_depth(start: Start) -> None:
    error = failure(start, Reply(403, {"error": "plan_required", "message": "Interval 5m needs Pro"}))
    assert type(error) is PlanRefused


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_cursor"}),
        (400, {"error": "invalid_param", "message": "Bad value"}),
        (400, {"detail": "Cursor expired"}),
        (400, ""),
        (404, {"error": "cursor_not_found"}),
        (410, {"error": "gone"}),
        (422, {"detail": [{"loc": ["query", "after"], "msg": "not base64"}]}),
    ],
)
def test_a_refused_cursor_is_distinguished_from_a_refused_series(start: Start, status: int, body: Any) -> None:
    assert type(failure(start, Reply(status, body), after="abc")) is CursorRejected
    assert type(failure(start, Reply(status, body))) in (SeriesRefused, EndpointMissing)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_symbol", "message": "BTC"}, SeriesRefused),
        (400, {"error": "invalid_time_range", "message": "start is after end"}, HistoryDepthExceeded),
        (422, {"detail": [{"loc": ["query", "limit"], "msg": "too many"}]}, SeriesRefused),
        (404, {"detail": "Not Found"}, EndpointMissing),
        (401, {"error": "unauthorized"}, KeyRefused),
    ],
)
def test_a_refusal_of_something_else_is_not_blamed_on_the_cursor(
    start: Start, status: int, body: Any, kind: type[KweryError]
) -> None:
    assert type(failure(start, Reply(status, body), after="abc")) is kind


def test_an_error_has_the_charge_of_its_answer(start: Start) -> None:
    assert failure(start, Reply(500, "", {"X-Credits-Charged": "50"})).charge_credits == 50
    assert failure(start, Reply(500, "")).charge_credits is None


@pytest.mark.parametrize("behaviour", ["reset", "close", "hang"])
def test_an_answer_that_never_came_may_have_been_charged(start: Start, behaviour: Any) -> None:
    error = failure(start, Reply(behaviour=behaviour), timeouts=Timeouts(read_seconds=0.2))
    assert type(error) is TransportFailed
    assert (error.next_step, error.status, error.answer_seen, error.charge_credits) == (RETRY, None, False, None)


def test_a_cut_body_is_no_page_and_its_charge_is_believed(start: Start) -> None:
    error = failure(start, Reply(200, page_reply().body, {"X-Credits-Used": "59"}, "cut"))
    assert type(error) is TransportFailed
    assert (error.status, error.answer_seen, error.charge_credits) == (200, False, 59)


def test_a_cut_body_without_a_charge_header_leaves_the_charge_unknown(start: Start) -> None:
    assert failure(start, Reply(200, page_reply().body, {}, "cut")).charge_credits is None


def test_a_body_that_does_not_decompress_is_no_page(start: Start) -> None:
    error = failure(start, Reply(200, b"not gzip at all", {"Content-Encoding": "gzip"}))
    assert (type(error), error.answer_seen) == (ContractBroken, False)


def test_a_request_that_never_left_costs_nothing() -> None:
    with serving([page_reply()]) as server:
        url = server.url
    with KweryClient(url, KEY) as client, pytest.raises(TransportFailed) as caught:
        client.page(request())
    assert (caught.value.charge_credits, caught.value.answer_seen) == (0, False)


def test_the_client_goes_on_after_a_connection_was_lost(start: Start) -> None:
    client, _ = start(Reply(behaviour="reset"), page_reply(2))
    with pytest.raises(TransportFailed):
        client.page(request())
    assert client.page(request()).row_count == 2
