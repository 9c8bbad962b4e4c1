"""What an answer complains of, by kinds: words, parts of a whole, shares and flags, in whatever language."""

from __future__ import annotations

from typing import Any

import pytest

from include.kwery.answers.complaints import complaints
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.statements import statements_in


def doubts_of(fields: dict[str, Any], headers: dict[str, str] | None = None) -> set[Doubt]:
    return {doubt for doubt, _ in complaints(statements_in({"meta": fields}, headers or {}))}


@pytest.mark.parametrize(
    "fields",
    [
        {"view": "lite"},
        {"mode": "abridged"},
        {"completeness": "low"},
        {"freshness": "quite old"},
        {"phase": "warming"},
        {"scope": "excerpt"},
        {"environment": "staging"},
        {"type": "spot"},
        {"nota": "parcial"},
        {"statut": "incomplet"},
        {"tags": ["partial_view", "teilweise"]},
        {"anmerkung": "lückenhaft"},
        {"remarque": "部分"},
        {"upstream": {"kalshi": "asleep"}},
    ],
)
def test_a_word_of_unknown_meaning_is_in_doubt(fields: dict[str, Any]) -> None:
    assert doubts_of(fields)


@pytest.mark.parametrize("fields", [{"неполный": 1}, {"不完整": True}, {"état": "x"}, {"⚠": "W-17"}, {"": "x"}])
def test_a_name_in_another_script_is_in_doubt(fields: dict[str, Any]) -> None:
    assert doubts_of(fields) == {Doubt.UNKNOWN_FLAG}


@pytest.mark.parametrize(
    "fields",
    [
        {"files": 5, "files_read": 3},
        {"shards_total": 5, "shards_ok": 4},
        {"hours_requested": 24, "hours_served": 0},
        {"replicas": {"of": 3, "ok": 1}},
        {"partitions": {"planned": 3, "processed": 2}},
    ],
)
def test_parts_below_the_whole_beside_them_are_in_doubt(fields: dict[str, Any]) -> None:
    assert Doubt.INCOMPLETE in doubts_of(fields)


@pytest.mark.parametrize("name", ["fill_ratio", "fraction", "recall", "share_of_range", "score"])
def test_a_share_below_one_is_in_doubt(name: str) -> None:
    assert doubts_of({name: 0.4}) == {Doubt.INCOMPLETE}
    assert doubts_of({name: 1.0}) == set()


@pytest.mark.parametrize("fields", [{"sandbox": 1}, {"is_preview": "1"}, {"kalshi_down": 1}, {"rows_masked": 24}])
def test_a_number_may_be_a_flag(fields: dict[str, Any]) -> None:
    assert doubts_of(fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [("x-mode", "degraded"), ("x-served-from", "stale-replica"), ("x-shards", "3/5"), ("x-mock", "1")],
)
def test_headers_of_plain_words_and_parts_are_read(name: str, value: str) -> None:
    assert doubts_of({}, {name: value})


@pytest.mark.parametrize(
    "kind", ["application/x-ndjson", "application/jsonl", "application/json-seq", "multipart/byteranges", "text/csv"]
)
def test_a_body_that_consists_of_parts_may_be_cut_after_one(kind: str) -> None:
    assert doubts_of({}, {"content-type": kind}) == {Doubt.INCOMPLETE}


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/vnd.kwery+json", "text/html", "application/octet-stream"]
)
def test_other_kinds_of_bodies_are_no_complaint(kind: str) -> None:
    assert doubts_of({}, {"content-type": kind}) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "json", "type": "open_interest", "object": "list", "kind": "time series", "language": "english"},
        {"currency": "usd", "denomination": "base", "quote_currency": "usdt", "settlement": "USDT", "unit": "coins"},
        {"mode": "historical", "environment": "production", "visibility": "public", "access": "full", "scope": "read"},
        {
            "aggregation": "last",
            "agg": "mean",
            "fill_method": "none",
            "closed": "left",
            "sort": "asc",
            "quality": "high",
        },
        {"build": "nightly", "commit": "deadbeef", "host": "alpha", "node": "blue", "edge": "fra", "channel": "stable"},
        {"message": "No data", "reason": "no data in range", "empty": True, "detail": "No rows found for this range."},
        {"retention": "unlimited", "history": "full", "source_type": "exchange", "asset_class": "crypto"},
        {"request": {"view": "lite"}, "plan": {"name": "starter"}, "features": ["usd", "implied"], "role": "customer"},
        {"status_page": "https://status.example.com", "docs": {"site": "guide"}, "took": 0.4, "elapsed_ms": 0.2},
        {"files": 5, "files_read": 5, "total_ms": 9, "read_ms": 3, "ok": 1, "total": 30},
        {"compression_ratio": 0.3, "market_share": 0.4, "shard": 1, "sample_id": 17, "revision": 1, "decimals": 1},
        {"feed": "binance_futures", "код": None, "état": 0},
    ],
)
def test_words_of_form_and_of_the_service_are_no_complaint(fields: dict[str, Any]) -> None:
    assert doubts_of(fields) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-backend", "blue"),
        ("x-hello", "We are hiring"),
        ("x-ratelimit", "14/15"),
        ("x-served-by", "cache-fra-etou8220050-FRA"),
        ("x-deploy", "green"),
        ("x-amz-cf-pop", "FRA56-P4"),
    ],
)
def test_usual_headers_are_no_complaint(name: str, value: str) -> None:
    assert doubts_of({}, {name: value}) == set()
