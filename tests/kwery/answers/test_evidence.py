"""What a good answer is: each way of falling short is a doubt, and what is merely unknown is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import DAY, iso
from include.domain.market import Interval, Stream
from include.kwery.answers.agreement import contradictions
from include.kwery.answers.answer import Answer
from include.kwery.answers.complaints import complaints
from include.kwery.answers.decode import page_of
from include.kwery.answers.doubts import Doubt, because, read_doubts, united
from include.kwery.answers.evidence import FIGURES, AnswerContext, doubts_in, is_usual, judge, note_of
from include.kwery.answers.statements import statements_in
from include.kwery.models import Page, Request
from include.kwery.plans import documented_credits

START = datetime(2026, 3, 7, tzinfo=UTC)
END = START + timedelta(days=1)
NOW = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Request(Stream("BTC", Interval.H1, "binance_futures"), START, END, 1000)
ALL = Request(Stream("BTC", Interval.H1), START, END, 1000)
META = {"symbol": "BTC", "source": "binance_futures", "interval": "1h", "next_cursor": None, "has_more": False}
ROW = {"timestamp": iso(START), "symbol": "BTC", "source": "binance_futures", "interval": "1h", "open_interest": 1.0}


def answered(
    meta: Any = META,
    rows: int = 0,
    request: Request = ONE,
    http_status: int = 200,
    headers: dict[str, str] | None = None,
    **beside: Any,
) -> Page:
    body = {"data": [ROW] * rows, "meta": meta, **beside}
    return page_of(request, Answer(http_status, headers or {}, json.dumps(body).encode(), NOW))


def doubts(page: Page, **context: Any) -> tuple[Doubt, ...]:
    return doubts_in(judge(page, AnswerContext(documented_credits, **context)).objections)


@pytest.mark.parametrize(
    "page",
    [
        answered(),
        answered(None),
        answered({}),
        answered(META | {"returned": 0, "count": 0, "total": 0}, headers={"x-rows-returned": "0"}),
        answered(META | {"returned": 2}, rows=2, headers={"x-credits-used": "56", "x-rows-capped": "false"}),
        answered(META | {"clamped": False, "clamped_reason": None, "original_start": None, "effective_start": None}),
        answered(META | {"notes": ["generation 3"], "generated_at": iso(NOW), "plan": "business", "took_ms": 12}),
        answered(META | {"warnings": [], "errors": {}, "error": None, "partial": False, "truncated": "false"}),
        answered(META | {"error_count": 0, "missing": 0, "message": "no errors, not truncated"}),
        answered(META | {"start": iso(START), "end": iso(END), "limit": 1000, "status": "ok", "code": 200}),
        answered(success=True, ok=1, status="success", message="OK", error="", detail=None, request_id="req_fail"),
        answered(META | {"source": "all"}, request=ALL),
        answered(META | {"source": None}, request=ALL),
        answered(META | {"source": ["binance_futures", "hyperliquid", "kalshi"]}, request=ALL),
        answered(headers={"x-credits-used": "10", "x-ratelimit-remaining": "0", "x-request-id": "error"}),
        answered({"next_cursor": "errorPartialMissing==", "has_more": True}, rows=1),
        answered(META | {"units": {"open_interest": "contracts", "timestamp": "UTC"}}),
        answered(META | {"links": {"self": "/v1/open-interest?warning=1", "next": None}}),
        answered(META | {"page": 1, "last_page": 1, "total_pages": 0, "remaining": 0, "offset": 0}),
        answered(META | {"completeness": 1, "coverage": "100%", "percent_complete": 100.0, "progress": "done"}),
        answered(META | {"stats": {"rows": 9, "limit": 1}, "counts": {"rows": 7}, "series": {"start": 17}}),
        answered(META | {"features": {"tier_restricted": False}, "credits": {"remaining": 7, "limit": 9}}),
        answered(
            META | {"sources": ["binance_futures", "kalshi"], "symbols": ["BTC", "ETH"], "intervals": ["1h", "1d"]}
        ),
        answered(META | {"include_usd": True, "is_live": True, "has_prev": True, "beta": True, "default_limit": 100}),
        answered(META | {"finished": True, "last_page": True, "exhausted": "true", "no_more": True, "cursor": None}),
        answered(META | {"actual_start": iso(START), "until": iso(END), "time_range": {"from": iso(START)}}),
        answered(META | {"total": {"value": 2, "relation": "eq"}, "returned": {"binance_futures": 2}}, rows=2),
        answered(META | {"market_status": "trading", "cache": "MISS", "currency_code": "USD", "granularity": "1h"}),
        answered(META | {"rate_limits": {"limit": 15, "remaining": 3}, "quota_used": "40%", "as_of": iso(END)}),
        answered(META, filters={"symbol": "BTC", "strict": True, "limit": 1000}),
        answered(META | {"cursor": "c0", "after": "c0"}, request=replace(ONE, after="c0")),
        answered(
            META
            | {"gaps": 0, "gaps_last_24h": [], "valid_until": iso(NOW), "watermark": "v3", "market_state": "halted"}
        ),
        answered(META | {"page_info": {"endCursor": "x", "hasNextPage": False}}),
        answered(headers={"content-range": "rows 0-1/2"}, rows=2),
        answered(headers={"x-cache": "HIT", "age": "60", "x-xss-protection": "1; mode=block", "retry-after": "0"}),
        answered(headers={"x-data-quality": "good", "x-status": "200 OK", "x-dns-prefetch-control": "on"}),
        answered(headers={"content-type": "application/json", "cache-status": "edge; fwd=miss"}),
        answered(
            META | {"interval_seconds": 3600, "step_ms": 3_600_000, "bucket": "1h", "lag_seconds": 90, "latency": 9}
        ),
        answered(
            META | {"ticker": "BTCUSDT", "range": [iso(START), iso(END)], "shards": {"total": 5, "successful": 5}}
        ),
        answered(META | {"self": "/v1/open-interest?symbol=btc&interval=1h", "hidden": 0, "unreachable": []}),
        answered(META | {"timezone": "Etc/UTC", "tz": "+00:00", "utc_offset": 0, "exchange": "Binance", "alerts": []}),
        answered(META | {"dataset": "openInterest", "underlying": "BTC", "offset": 0, "page": "1/1", "shards": "3/3"}),
        answered(META | {"estimated": False, "preview": False, "is_partial": False, "unknown_fields": []}),
        answered(META | {"attribution": "Data by Kwery and its partners", "plan": "trial", "charge": 50}),
        answered(headers={"ratelimit-remaining": "0", "cf-ray": "a-error", "server-timing": "error;dur=1"}),
        answered(headers={"content-range": "rows 0-1/2", "trailer": "Server-Timing"}, rows=2),
        answered(headers={"x-permitted-cross-domain-policies": "none", "persistent-auth": "true", "x-b3-sampled": "1"}),
        answered(
            META | {"found": 0, "rows_found": 0, "available": 0, "code": "0", "max_limit": -1, "credits": "50/150000"}
        ),
        answered(META | {"is_testnet": False, "cacheable": False, "verbose": False, "reverse": False, "premium": True}),
        answered(META | {"provisional": False, "revised": False, "fallback": False, "cache_enabled": True}),
        answered(META | {"evaluated_at": iso(NOW), "timezone": {"name": "UTC"}, "title": "Open interest of BTC"}),
        answered(META | {"served_at": "Tue, 10 Mar 2026 00:00:00 GMT", "available_ranges": [[iso(START), iso(END)]]}),
        answered(META | {"schema": [["timestamp", "string"], ["open_interest", "number"]]}),
        answered(META | {"source": None, "exchange": "all"}, request=ALL),
        answered(META | {"order": "timestamp ascending, source ascending", "account": "Acme Trading Partners LLC"}),
        answered(META | {"end_inclusive": False, "start_inclusive": True, "dataset": "futures", "market": "linear"}),
        answered(headers={"x-rows-returned": "2, 2", "x-rows-capped": "false, false"}, rows=2),
        answered(headers={"x-ssl": "true", "x-request-start": "t=1773100800", "content-language": "en"}),
        answered(META | {"name": "Bitcoin", "market": "BTC-PERP", "interval_ms": 3_600_000, "granularity": "PT1H"}),
        answered(META | {"latest": iso(END - HOUR), "earliest": "2024-01-15", "updated_at": iso(NOW)}),
        answered(META | {"api_version": iso(START + 5 * HOUR), "listed_at": "2020-01-01", "resets_at": iso(END)}),
        answered(META | {"first_timestamp": iso(START), "last_timestamp": iso(START)}, rows=1),
        answered(META | {"coverage": [[iso(START), iso(START + 5 * HOUR)], [iso(START + 6 * HOUR), iso(END)]]}),
        answered(META | {"extent": [iso(START), iso(END)], "billing_window": [iso(START), iso(START + HOUR)]}),
        answered(META | {"previous_slice": ["2026-01-01", "2026-01-02"], "row_bounds": [iso(START)] * 2}, rows=1),
        answered(META | {"max": 2.0, "top": 2, "batch": 17, "max_interval": "1d", "min_interval": "5m"}, rows=2),
        answered(META | {"rate_limits": [15, 600], "page_sizes": [100], "version": [1, 2], "max_history_days": 31}),
        answered(META | {"counts": {"binance_futures": 0}, "features": {"beta": {"enabled": True}}, "lag": "nan"}),
        answered([META], headers={"x-pagination": '{"TotalCount": 0, "HasNext": false}', "x-page": "page=1; pages=1"}),
        answered(META | {"upgrade_url": "https://kwery.xyz/pricing?source=api&from=7d", "url": "/v1/open-interest"}),
    ],
)
def test_a_good_answer_leaves_no_doubt(page: Page) -> None:
    assert judge(page, AnswerContext(documented_credits)).objections == []


@pytest.mark.parametrize(
    "beside",
    [
        {"error": "internal_error"},
        {"error": {"code": 17}},
        {"errors": ["kalshi: down"]},
        {"errors": [{}, {"id": 3}]},
        {"lastError": "x"},
        {"error_message": "oops"},
        {"Exception": "NullPointer"},
        {"detail": "Something happened"},
        {"message": "The market is being migrated."},
        {"message": "Rows for kalshi could not be read"},
        {"warning": "data may be late"},
        {"warnings": [{"code": "W1"}]},
        {"success": False},
        {"ok": "false"},
        {"success": 0},
        {"status": "error"},
        {"status": "PARTIAL"},
        {"status": 500},
        {"status": False},
        {"code": "rate_limited"},
        {"result": "failure"},
        {"partial": True},
        {"is_partial": "true"},
        {"partialResult": 1},
        {"incomplete": True},
        {"complete": False},
        {"completeness": 0.97},
        {"truncated": True},
        {"degraded": "yes"},
        {"timed_out": True, "timedOut": True},
        {"missing_sources": ["kalshi"]},
        {"skipped": 3},
        {"note": "partial result"},
        {"notes": ["all good", "some rows are unavailable"]},
        {"info": "Only part of the range was scanned"},
        {"remark": "not yet complete, try again later"},
        {"comment": {"text": "results limited to the newest day"}},
        {"stats": {"shards": {"failed": 1, "total": 5}}},
        {"status_code": 503},
        {"httpStatus": "503"},
        {"responseStatus": "throttled"},
        {"data_state": "loading"},
        {"tier_restricted": True},
        {"rate_limited": "true"},
        {"unauthorized": True},
        {"throttled": "yes"},
        {"deadline_exceeded": True},
        {"preview_only": True},
        {"quota_exhausted": True},
        {"restriction": "7 days"},
        {"title": "Service Unavailable"},
        {"title": "Too Many Requests"},
        {"title": "Conflict"},
        {"message": "Rate limit reached"},
        {"reason": "history"},
        {"info": "upgrade to see older rows"},
        {"completeness": 40},
        {"completeness": "40%"},
        {"percent_complete": 40},
        {"coverage": 0.5},
        {"data_quality": 0.4},
        {"filled": "87.5 %"},
        {"progress": 12},
        {"upstream": {"kalshi": "down"}},
        {"source_states": {"kalshi": "lagging"}},
        {"gaps": [{"start": iso(START), "end": iso(END)}]},
        {"known_gaps": 3},
        {"retry_after": 5},
        {"_shards": {"total": 5, "successful": 4}},
        {"unreachable": ["zone-a"]},
        {"unprocessed_keys": {"BTC": ["a"]}},
        {"rows_hidden": 12},
        {"filtered_out": 12},
        {"suppressed": 12},
        {"excluded": 12},
        {"health": "yellow"},
        {"reliability": "low"},
        {"confidence": 0.4},
        {"note": "rows after noon are still loading"},
        {"notice": "Data from before noon was purged"},
        {"advisory": "ingestion is behind"},
        {"info": "12 of 24 rows"},
        {"info": "showing the first 12"},
        {"notes": ["Daten unvollständig"]},
        {"info": "データが不完全です"},
        {"note": "demo data"},
        {"hint": "begin on the 8th"},
        {"empty_reason": "venue offline"},
        {"why": "This range is being rebuilt"},
        {"exhaustive": False},
        {"canonical": False},
        {"ready": False},
        {"symbol_found": False},
        {"incidents": [{"id": 7}]},
        {"err": "boom"},
        {"retCode": 10001},
        {"retry_in": 30},
        {"unrecognized": ["start"]},
        {"ignored_params": ["start", "end"]},
        {"nulls_removed": 24},
        {"shards": "2/3"},
        {"sampling_rate": 0.1},
        {"nodes": {"expected": 3, "answered": 2}},
        {"mode": "sandbox"},
        {"is_testnet": True},
    ],
)
@pytest.mark.parametrize("in_meta", [False, True])
def test_what_names_an_error_or_something_partial_is_in_doubt(beside: dict[str, Any], in_meta: bool) -> None:
    """The same words count beside `data` and inside `meta`."""
    page = answered(META | beside) if in_meta else answered(**beside)
    found = doubts(page)
    assert found
    assert set(found) <= {Doubt.ERROR_NAMED, Doubt.INCOMPLETE, Doubt.UNKNOWN_FLAG, Doubt.ROWS_HELD_BACK}


@pytest.mark.parametrize(
    ("page", "doubt"),
    [
        *((answered(http_status=status), Doubt.STATUS_NOT_200) for status in (201, 202, 203, 206, 226)),
        (answered(headers={"warning": '110 - "Response is Stale"'}), Doubt.ERROR_NAMED),
        (answered(headers={"x-partial-result": "true"}), Doubt.INCOMPLETE),
        (replace(answered(), unread_bytes=1), Doubt.BYTES_UNREAD),
        (answered(META | {"clamped": True}), Doubt.RANGE_CUT),
        (answered(META | {"clamped": 1}), Doubt.RANGE_CUT),
        (answered(META | {"clamped_reason": "history_limit"}), Doubt.RANGE_CUT),
        (answered(META | {"effective_start": iso(START + timedelta(hours=3))}), Doubt.RANGE_CUT),
        (answered(META | {"effective_end": iso(END - timedelta(hours=3))}), Doubt.OTHER_QUESTION),
        (answered(META | {"start": iso(START + timedelta(hours=3))}), Doubt.OTHER_QUESTION),
        (answered(META | {"query": {"end": iso(START)}}), Doubt.OTHER_QUESTION),
        *(
            (answered(META | {name: [iso(START), iso(START + 5 * HOUR)]}), Doubt.OTHER_QUESTION)
            for name in ("extent", "results_window", "slice", "segments")
        ),
        (answered(META | {"slice": f"{iso(START)}/{iso(START + 5 * HOUR)}"}), Doubt.OTHER_QUESTION),
        (answered(META | {"symbol": "ETH"}), Doubt.OTHER_QUESTION),
        (answered(META | {"symbol": 17}), Doubt.OTHER_QUESTION),
        (answered(META | {"source": "kalshi"}), Doubt.OTHER_QUESTION),
        (answered(META | {"source": "kalshi"}, request=ALL), Doubt.OTHER_QUESTION),
        (answered(META | {"interval": "5m"}), Doubt.OTHER_QUESTION),
        (answered(META, symbol="ETH"), Doubt.OTHER_QUESTION),
        (answered(META, request=ALL, params={"source": "kalshi"}), Doubt.OTHER_QUESTION),
        (answered(META | {"has_more": True}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"has_more": 1}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"next_cursor": True}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"next_page": 2}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"total_pages": 3}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"last_page": False}), Doubt.ROWS_HELD_BACK),
        (answered(META, links={"next": "/v1/open-interest?page=2"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"link": '</v1/x>; rel="next"'}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"x-rows-capped": "TRUE"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"x-rows-capped": "1000"}), Doubt.ROWS_HELD_BACK),
        (answered(rows=24, request=replace(ONE, limit=24)), Doubt.PAGE_FULL),
        (answered(rows=100), Doubt.PAGE_FULL),
        (answered(META | {"limit": 20}, rows=20), Doubt.PAGE_FULL),
        (answered(META | {"next_cursor": "more"}), Doubt.EMPTY_PAGE_WITH_CURSOR),
        *(
            (answered(META | {name: 24}), Doubt.COUNT_OFF)
            for name in ("returned", "count", "total", "rowCount", "total_count", "rows")
        ),
        (answered(META | {"returned": "many"}), Doubt.COUNT_OFF),
        (answered(META | {"returned": 0}, rows=2), Doubt.COUNT_OFF),
        (answered(META, count=24), Doubt.COUNT_OFF),
        (answered(headers={"x-rows-returned": "24"}), Doubt.COUNT_OFF),
        (answered(headers={"x-total-count": "24"}), Doubt.COUNT_OFF),
        (answered(META, results=[ROW]), Doubt.COUNT_OFF),
        (answered(META, rows=1, result=ROW), Doubt.COUNT_OFF),
        *(
            (answered(META | {"latest": beside}), Doubt.COUNT_OFF)
            for beside in ({"open_interest": "5.5"}, {"open_interest": None}, {"timestamp": iso(START), "oi": 5})
        ),
        (answered(META | {"rows": [{"t": 1, "oi": 2}]}), Doubt.COUNT_OFF),
        *(
            (answered(META, **beside), Doubt.COUNT_OFF)
            for beside in (
                {"values": [1.5]},
                {"values": ["1.5"]},
                {"timestamps": [iso(START)]},
                {"series": {"t": [1, 2], "oi": [3, 4]}},
                {"body": {"items": [{"t": 1, "oi": 2}]}},
                {"open_interest": 5.5},
                {"source_counts": {"binance_futures": 24}},
                {"per_source": {"binance_futures": 24}},
                {"pagination": [{"returned": 24}]},
            )
        ),
        (answered([META | {"returned": 24}]), Doubt.COUNT_OFF),
        (answered(json.dumps(META | {"returned": 24})), Doubt.COUNT_OFF),
        (answered(headers={"x-pagination": '{"TotalCount": 24}'}), Doubt.COUNT_OFF),
        (answered(headers={"x-pagination": "page=1; pages=3"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"x-pagination": '{"HasNext": true}'}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"records": [[1, 2]]}), Doubt.COUNT_OFF),
        *(
            (answered(META | {name: 24}), Doubt.COUNT_OFF)
            for name in ("total_items", "num_results", "item_count", "expected_rows", "data_points", "totalElements")
        ),
        (answered(META | {"total": {"value": 24, "relation": "eq"}}), Doubt.COUNT_OFF),
        (answered(META | {"count": {"binance_futures": 24, "kalshi": 0}}), Doubt.COUNT_OFF),
        (answered(META | {"cursor": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"after": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"generated_at": iso(START)}), Doubt.OTHER_QUESTION),
        (answered(META | {"continuation_token": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"nextPageToken": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"scroll_id": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"cursor": "c1"}, request=replace(ONE, after="c0")), Doubt.ROWS_HELD_BACK),
        (answered(META | {"page": 1, "last_page": 3}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"pagination": {"current_page": 2, "pageCount": 3}}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"finished": "false"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"end_of_data": False}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"remaining": 14}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"rows_left": 14}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"content-range": "rows 0-9/24"}, rows=10), Doubt.ROWS_HELD_BACK),
        (answered(headers={"content-range": "rows 0-9/*"}, rows=10), Doubt.ROWS_HELD_BACK),
        (answered(headers={"content-range": "*/24"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"content-range": "rows 0-9/" + "9" * 5000}, rows=10), Doubt.ROWS_HELD_BACK),
        (answered(headers={"x-data-quality": "partial"}), Doubt.ERROR_NAMED),
        (answered(headers={"x-coverage": "40%"}), Doubt.INCOMPLETE),
        (answered(headers={"x-throttled": "true"}), Doubt.ERROR_NAMED),
        (answered(headers={"x-sandbox": "true"}), Doubt.UNKNOWN_FLAG),
        (answered(headers={"retry-after": "30"}), Doubt.INCOMPLETE),
        (answered(headers={"content-type": "application/problem+json"}), Doubt.ERROR_NAMED),
        (answered(headers={"x-cache": "HIT"}), Doubt.FROM_CACHE),
        *((answered(headers={"age": age}), Doubt.FROM_CACHE) for age in ("40000000", "-1", "long", "60, 1e99")),
        (answered(META | {"cached": True}), Doubt.FROM_CACHE),
        (answered(META | {"symbols": ["ETH"]}), Doubt.OTHER_QUESTION),
        (answered(META | {"sources": ["kalshi"]}), Doubt.OTHER_QUESTION),
        (answered(META | {"sources": ["kalshi", "hyperliquid"]}, request=ALL), Doubt.OTHER_QUESTION),
        (answered(META | {"sources": [{"source": "kalshi"}]}), Doubt.OTHER_QUESTION),
        (answered(META | {"sources": {"kalshi": "ok"}}), Doubt.OTHER_QUESTION),
        (answered(META | {"intervals": ["5m"]}), Doubt.OTHER_QUESTION),
        (answered(META | {"granularity": "5m"}), Doubt.OTHER_QUESTION),
        (answered(META | {"exchange": "kalshi"}), Doubt.OTHER_QUESTION),
        *(
            (answered(META | {name: {"start": iso(START + timedelta(hours=3))}}), Doubt.OTHER_QUESTION)
            for name in ("filters", "window", "time_range", "period", "dateRange", "coverage", "availability")
        ),
        *(
            (answered(META | {name: iso(START + timedelta(hours=3))}), Doubt.OTHER_QUESTION)
            for name in ("actual_start", "since", "data_from", "until", "available_until", "as_of", "complete_through")
        ),
        *(
            (answered(META | beside), Doubt.OTHER_QUESTION)
            for beside in (
                {"interval_seconds": 14400},
                {"bucket": "4h"},
                {"step_ms": 300_000},
                {"ticker": "ETHUSDT"},
                {"instrument": "ETH-PERP"},
                {"range": [iso(START + timedelta(hours=3)), iso(END)]},
                {"range": f"{iso(START)}/{iso(START + timedelta(hours=3))}"},
                {"lag_seconds": 250_000},
                {"delay_hours": 72},
                {"replication_lag": 250_000},
                {"self": "/v1/open-interest?symbol=ETH&interval=1h"},
                {"query": "symbol=BTC&interval=4h"},
            )
        ),
        (answered(META | {"resumption_token": "abc"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"cache-status": "edge; hit"}), Doubt.FROM_CACHE),
        (answered(headers={"x-credits-used": "53"}), Doubt.CHARGE_OFF),
        (answered(headers={"x-credits-charged": "122"}), Doubt.CHARGE_OFF),
        (answered(META | {"credits_charged": 122}), Doubt.CHARGE_OFF),
        *((answered(META | {name: 122}), Doubt.CHARGE_OFF) for name in ("cost", "creditsConsumed", "request_credits")),
        (answered(META, Data=[ROW]), Doubt.COUNT_OFF),
        (answered(META, hourly=[[iso(START), 1.0]]), Doubt.COUNT_OFF),
        (answered(META | {"billed_rows": 24}), Doubt.COUNT_OFF),
        (answered(META | {"candles": 24}), Doubt.COUNT_OFF),
        (answered(headers={"content-range": "rows 0-9/10"}), Doubt.COUNT_OFF),
        (answered(headers={"total-count": "24"}), Doubt.COUNT_OFF),
        (answered(headers={"has-more": "true"}), Doubt.ROWS_HELD_BACK),
        (answered(headers={"kwery-partial": "true"}), Doubt.INCOMPLETE),
        (answered(headers={"error": "upstream"}), Doubt.ERROR_NAMED),
        (answered(headers={"x-message": "this range is being rebuilt"}), Doubt.ERROR_NAMED),
        (answered(headers={"trailer": "X-Partial"}), Doubt.UNKNOWN_FLAG),
        (answered(headers={"x-cache-hits": "3"}), Doubt.FROM_CACHE),
        (answered(headers={"content-location": "/v1/open-interest?symbol=ETH"}), Doubt.OTHER_QUESTION),
        *(
            (answered(META | beside), Doubt.ROWS_HELD_BACK)
            for beside in (
                {"offset": 1000},
                {"skip": 10},
                {"first_row": 11},
                {"page": 2},
                {"page": "1/3"},
                {"chunks": 3},
                {"batch": 1, "total_batches": 3},
                {"LastEvaluatedKey": "x"},
                {"total": {"value": 0, "relation": "gte"}},
            )
        ),
        *((answered(META | {name: 0}), Doubt.PAGE_FULL) for name in ("limit", "limit_applied", "effective_limit")),
        *(
            (answered(META | beside), Doubt.OTHER_QUESTION)
            for beside in (
                {"timezone": "Asia/Tokyo"},
                {"utc_offset": 9},
                {"underlying": "ETH"},
                {"base_currency": "ETH"},
                {"exchange": "okx"},
                {"dataset": "funding-rate"},
                {"metric": "volume"},
                {"market": "ETHUSDT"},
                {"name": "ETH"},
                {"instrument": {"symbol": "ETH"}},
                {"url": "https://kwery-api.com/v1/funding"},
                {"self": "/v1/open-interest/ETH"},
                {"self": f"/v1/open-interest?symbol=BTC&start={iso(START + 5 * HOUR)}"},
                {"start_inclusive": False},
                {"start_exclusive": True},
                {"granularity": 300},
                {"resolution": "D"},
                {"interval": "PT5M"},
                {"max_history_days": 1},
                {"lookback": "24h"},
                {"data_age": "72h"},
                {"symbol_name": "ETH"},
                {"candle_interval": "5m"},
                {"params": {"tf": "5m"}},
                {"feed": "kalshi"},
                {"coverage": [{"start": iso(START), "end": iso(START + 5 * HOUR)}]},
                {"coverage": [{"from": iso(START), "to": iso(START + 5 * HOUR)}, {"from": iso(END), "to": iso(NOW)}]},
                {"available_ranges": [[iso(START), iso(START + 5 * HOUR)], [iso(START + 9 * HOUR), iso(END)]]},
            )
        ),
        *(
            (answered(META | {name: moment}), Doubt.OTHER_QUESTION)
            for name in ("latest", "earliest", "updated_at", "last_timestamp", "horizon", "zenith")
            for moment in (iso(START + 5 * HOUR), (START + 5 * HOUR).timestamp(), "Sat, 07 Mar 2026 05:00:00 GMT")
        ),
        (answered(META | {"updated_at": iso(START - DAY)}), Doubt.OTHER_QUESTION),
        (answered(META | {"as_of": iso(START)}, rows=1), Doubt.OTHER_QUESTION),
        (answered(META | {"updated_at": iso(START)}, rows=1), Doubt.OTHER_QUESTION),
        (answered(META | {"earliest": iso(END)}), Doubt.OTHER_QUESTION),
        (answered(headers={"x-canary": "?1"}), Doubt.UNKNOWN_FLAG),
        (answered(headers={"x-canary": "false, true"}), Doubt.UNKNOWN_FLAG),
        (answered(headers={"content-truncated": "true"}), Doubt.ROWS_HELD_BACK),
        (answered(META | {"feed": {"canary": "on"}}), Doubt.UNKNOWN_FLAG),
        (answered(META | {"canonical": "no"}), Doubt.UNKNOWN_FLAG),
        (answered(META | {"flags": ["canary"]}), Doubt.UNKNOWN_FLAG),
        *(
            (answered(META | {name: 5}, rows=5), Doubt.PAGE_FULL)
            for name in ("row_cap", "max_results", "take", "first")
        ),
    ],
)
def test_each_other_way_of_falling_short_has_its_doubt(page: Page, doubt: Doubt) -> None:
    assert doubt in doubts(page)


def test_a_daily_interval_and_an_alias_of_the_symbol_agree() -> None:
    daily = replace(ONE, stream=Stream("BTC", Interval.D1, "binance_futures"))
    page = answered(META | {"interval": "24h", "symbol": "btcusdt"}, request=daily)
    assert doubts(page, symbol_aliases={"BTCUSDT": "BTC"}) == ()
    assert doubts(page) == (Doubt.OTHER_QUESTION,)


def test_a_total_counts_the_page_or_the_whole_chain() -> None:
    first = answered({"total": 30, "next_cursor": "c"}, rows=20)
    last = answered({"total": 30, "next_cursor": None}, rows=10)
    of_page = answered({"total": 10, "next_cursor": None}, rows=10)
    assert doubts(first) == doubts(last, rows_before=20) == doubts(of_page, rows_before=20) == ()
    assert doubts(last, rows_before=10) == (Doubt.COUNT_OFF,)
    assert doubts(answered({"total": 7321}, rows=10)) == (Doubt.COUNT_OFF,)
    assert doubts(answered({"total": 5, "next_cursor": "c"}, rows=20)) == (Doubt.COUNT_OFF,)


def test_a_page_says_its_place_after_those_before_it() -> None:
    second = answered(META | {"offset": 10, "page": 2, "pages": 2}, rows=10)
    assert doubts(second, rows_before=10, pages_before=1) == ()
    assert doubts(second, rows_before=9, pages_before=1) == (Doubt.ROWS_HELD_BACK,)


def test_more_pages_are_no_doubt_while_a_cursor_leads_to_them() -> None:
    page = answered(META | {"next_cursor": "c", "has_more": True}, rows=100, headers={"x-rows-capped": "true"})
    assert doubts(page) == ()


def test_a_range_may_end_where_the_vendor_has_no_bucket_yet() -> None:
    ahead = replace(ONE, end=NOW + timedelta(days=9))
    assert doubts(answered(META | {"end": iso(NOW)}, request=ahead)) == ()


def test_json_that_no_strict_reader_takes_is_judged_too() -> None:
    body = b'\xef\xbb\xbf{"data": [], "meta": {"partial": true, "ratio": NaN}}'
    page = page_of(ONE, Answer(200, {}, body, NOW))
    assert Doubt.INCOMPLETE in doubts(page)


def test_nesting_and_control_characters_do_no_harm() -> None:
    deep = json.loads("[" * 200 + "]" * 200)
    assert doubts(answered(META | {"extra": deep})) == ()
    page = answered(META | {"note": "partial \x1b[2J\u202e"})
    note = note_of(judge(page, AnswerContext(documented_credits)).objections)
    assert note is not None
    assert note.isprintable()


def test_fields_that_the_settings_call_harmless_are_not_judged() -> None:
    """By name or by path; the way out where a vendor adds a flag that means nothing."""
    page = answered(META | {"sandbox": True}, headers={"x-preview": "true"})
    assert doubts(page) == (Doubt.UNKNOWN_FLAG,)
    assert doubts(page, harmless_fields=frozenset({"meta.sandbox", "x-preview"})) == ()
    assert doubts(page, harmless_fields=frozenset({"sandbox", "preview"})) == ()


HALF = iso(START + 5 * HOUR)


@pytest.mark.parametrize(
    "said",
    [
        {"coverage": {"binance_futures": 0.5}},
        {"completeness": {"BINANCE_FUTURES": 0.97}},
        {"source_status": {"binance-futures": "amber"}},
        {"freshness": {"binance_futures": HALF}},
        {"latest_by_source": {"Binance Futures": HALF}},
        {"sources": {"BINANCE_FUTURES": {"latest": HALF}}},
        {"sources": {"BINANCE_FUTURES": {"rows": 24}}},
        {"by_source": {"Binance Futures": 24}},
        {"sources": {"KALSHI": {"rows": 0}}},
        {"by_source": {"kalshi": {"rows": 0}}},
    ],
)
def test_what_stands_under_a_source_is_judged_by_the_name_around_it(said: dict[str, Any]) -> None:
    assert doubts(answered(META | said))


@pytest.mark.parametrize(
    "said",
    [
        {"sources": {"binance_futures": {"status": "ok", "rows": 0, "complete": True}}},
        {"by_source": {"BINANCE_FUTURES": {"count": 0, "latency_ms": 12}}},
        {"sources": {"binance_futures": {"name": "Binance Futures"}, "kalshi": {"latest": HALF}}},
        {"latest_by_source": {"binance_futures": iso(END), "kalshi": HALF}},
        {"coverage": {"binance_futures": 1.0}},
        {"listed_at": {"binance_futures": HALF}},
    ],
)
def test_good_words_under_a_source_leave_no_doubt(said: dict[str, Any]) -> None:
    """What lies in the range of another source than the one requested says nothing of it."""
    assert doubts(answered(META | said)) == ()


@pytest.mark.parametrize("name", ["previewOnly", "preview_only", "Preview-Only", "meta.previewOnly"])
def test_a_harmless_field_may_be_named_as_the_answer_spells_it(name: str) -> None:
    page = answered(META | {"previewOnly": True})
    assert doubts(page) == (Doubt.UNKNOWN_FLAG,)
    assert doubts(page, harmless_fields=frozenset({name})) == ()
    assert doubts(page, harmless_fields=frozenset({"meta", "only", "プレビュー"})) == (Doubt.UNKNOWN_FLAG,)


def test_a_page_on_the_way_may_say_that_it_is_not_the_last() -> None:
    middle = META | {"next_cursor": "c", "cursor": "b", "page": 1, "last_page": 3, "done": False, "remaining": 14}
    assert doubts(answered(middle, rows=10, headers={"content-range": "rows 0-9/24"})) == ()


def test_a_full_page_alone_is_no_finding() -> None:
    found = judge(answered(rows=100), AnswerContext(documented_credits)).objections
    assert (doubts_in(found), note_of(found)) == ((Doubt.PAGE_FULL,), None)


def test_doubts_are_kept_by_name_once_each_in_one_order() -> None:
    both = [Doubt.ROWS_OUTSIDE, Doubt.RANGE_CUT, Doubt.ROWS_OUTSIDE]
    assert united(both) == (Doubt.RANGE_CUT, Doubt.ROWS_OUTSIDE) == read_doubts(["rows_outside", "range_cut"])
    assert read_doubts(None) == ()
    assert because(Doubt).count(";") == len(Doubt) - 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"total": 24}, False),
        ({"total": 20}, True),
        ({"total_rows": {"binance_futures": 20, "kalshi": 4}}, True),
        ({"remaining": 11}, False),
        ({"remaining": 10}, True),
        ({"page": 1, "last_page": 3}, False),
        ({"page": 1, "last_page": 2}, True),
        ({"page": 7, "pages": 8}, True),
        ({"pages_left": 2}, False),
        ({"page": 1, "last_page": "inf"}, False),
        ({"stats": {"total": 900}}, True),
    ],
)
def test_the_end_of_a_chain_keeps_what_its_first_page_promised(said: dict[str, Any], kept: bool) -> None:
    first = answered(META | {"next_cursor": "c"} | said, rows=10)
    promised = judge(first, AnswerContext(documented_credits)).promise
    last = AnswerContext(documented_credits, rows_before=10, pages_before=1, promised=promised)
    assert (doubts_in(judge(answered(rows=10), last).objections) == ()) is kept
    assert doubts_in(judge(answered(META | {"next_cursor": "d"}, rows=10), last).objections) == (), "it is not the end"


@given(
    st.sampled_from(sorted(FIGURES | {"has_more", "next_cursor"})),
    st.one_of(st.integers(), st.booleans(), st.none(), st.integers(0).map(str), st.text(max_size=8)),
    st.sampled_from(("meta", "stats", "beside", "header")),
)
def test_usual_statements_need_no_look(name: str, value: Any, place: str) -> None:
    """Each statement that `is_usual` leaves out would have passed, whatever its value and wherever it stands."""
    beside = {"meta": {"meta": {name: value}}, "stats": {"stats": {name: value}}, "beside": {name: value}}
    said = statements_in(beside.get(place, {}), {f"x-{name}": str(value)} if place == "header" else {})
    usual = [one for one in said if is_usual(one)]
    assert not list(complaints(usual))
    for page in (answered(), answered(request=ALL)):
        assert not list(contradictions(page, usual, {}))


def test_usual_statements_are_those_of_a_documented_page() -> None:
    headers = {"x-credits-used": "53", "x-credits-remaining": "9947", "x-rows-returned": "1"}
    said = statements_in({"meta": {"returned": 1, "next_cursor": None, "has_more": False}}, headers)
    assert [one.path for one in said if not is_usual(one)] == []
    odd = statements_in({"meta": {"returned": "1 of 9", "next_cursor": "a", "has_more": "cut"}}, {})
    assert not any(map(is_usual, odd))
