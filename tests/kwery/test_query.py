"""What is sent: every parameter, to the right place, and nothing that the page rules out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.next_step import NextStep
from include.kwery.client import KweryClient
from include.kwery.errors import RequestInvalid
from include.kwery.query import api_root, query_of
from tests.kwery.conftest import Start
from tests.kwery.pages import END, KEY, page_reply, request

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_the_base_url_may_end_in_v1_or_not(start: Start, path: str) -> None:
    client, server = start(page_reply(), path=path)
    client.page(request())
    assert server.asked[0].path == "/v1/open-interest"


def test_a_path_before_v1_is_kept() -> None:
    assert api_root("https://proxy.example/kwery/v1/") == "https://proxy.example/kwery/v1"


@pytest.mark.parametrize("base", ["", "kwery-api.com", "ftp://h", "https://"])
def test_a_base_url_that_is_none_is_refused_at_once(base: str) -> None:
    with pytest.raises(ValueError, match="KWERY_BASE_URL"):
        KweryClient(base, KEY)


@pytest.mark.parametrize("base", [f"https://h/v1?api-key={KEY}", f"https://user:{KEY}@h/v1"])
def test_a_base_url_with_a_key_in_it_is_refused_without_showing_it(base: str) -> None:
    with pytest.raises(ValueError, match="no login, query or fragment") as caught:
        KweryClient(base, KEY)
    assert KEY not in str(caught.value)


def test_every_parameter_is_always_sent(start: Start) -> None:
    client, server = start(page_reply())
    client.page(request())
    assert server.asked[0].query == {
        "symbol": "BTC",
        "interval": "4h",
        "start": "2026-03-07T00:00:00Z",
        "end": "2026-03-08T00:00:00Z",
        "limit": "1000",
        "source": "binance_futures",
    }


def test_source_and_cursor_are_left_out_where_there_is_none(start: Start) -> None:
    client, server = start(page_reply())
    client.page(request(source=None))
    assert not {"source", "after"} & server.asked[0].query.keys()


@pytest.mark.parametrize("cursor", ["eyJvZmZzZXQiOiAxfQ==", "a+b/c==", "100%", '{"offset":1}', "a&limit=1"])
def test_a_cursor_arrives_as_it_was_given(start: Start, cursor: str) -> None:
    client, server = start(page_reply())
    client.page(request(after=cursor))
    assert server.asked[0].query["after"] == cursor
    assert "==" not in server.asked[0].target


@pytest.mark.parametrize("symbol", ["will-btc/hit 100k?", "kxbtc-26mar.07", "ビットコイン", "A&B=C"])
def test_a_slug_arrives_as_it_was_given(start: Start, symbol: str) -> None:
    client, server = start(page_reply())
    client.page(request(symbol=symbol))
    assert server.asked[0].query["symbol"] == symbol


@given(symbol=SAFE_TEXT, cursor=SAFE_TEXT)
def test_any_text_survives_the_query_string(symbol: str, cursor: str) -> None:
    sent = dict(parse_qsl(query_of(request(cursor, symbol=symbol)), keep_blank_values=True, strict_parsing=True))
    assert (sent["symbol"], sent["after"]) == (symbol, cursor)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"start": END}, "is not before end"),
        ({"start": END + timedelta(hours=1)}, "is not before end"),
        ({"limit": 0}, "limit 0"),
        ({"limit": 1001}, "limit 1001"),
        ({"start": datetime(2026, 3, 7)}, "time zone"),  # noqa: DTZ001 - naive, which is refused
    ],
)
def test_a_question_that_the_page_rules_out_is_not_sent(start: Start, change: dict[str, object], names: str) -> None:
    client, server = start(page_reply())
    with pytest.raises(RequestInvalid, match=names) as caught:
        client.page(replace(request(), **change))  # type: ignore[arg-type] # fields of several types
    assert server.asked == []
    assert caught.value.charge_credits == 0
    assert caught.value.next_step is NextStep.STOP_SERIES


def test_an_empty_symbol_is_not_sent(start: Start) -> None:
    client, server = start(page_reply())
    with pytest.raises(RequestInvalid, match="symbol is empty"):
        client.page(request(symbol=" "))
    assert server.asked == []


def test_the_window_is_sent_unchanged_with_every_cursor(start: Start) -> None:
    client, server = start(page_reply(next_cursor="a"), page_reply())
    client.page(request())
    client.page(request(after="a"))
    spans = {(asked.query["start"], asked.query["end"]) for asked in server.asked}
    assert spans == {("2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z")}
