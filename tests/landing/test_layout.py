"""Where a page lies: a path that is safe, that shows the request, and that no other request has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import Interval, Stream
from include.landing.layout import page_path
from include.landing.store import LandingStore
from tests.kwery.pages import request
from tests.landing.conftest import WINDOW, page_of

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


@given(symbol=ANY_TEXT, after=st.none() | ANY_TEXT, window_id=ANY_TEXT)
def test_any_symbol_and_cursor_have_a_safe_path(
    symbol: str, after: str | None, window_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.getbasetemp() / "any symbol"
    store = LandingStore(root.as_uri())
    landed = store.land(window_id, 3, 1, page_of(asked=request(after, symbol=symbol)))
    assert store.find(window_id, 3, request(after, symbol=symbol)) == landed
    assert landed.path.isascii()
    assert max(len(part) for part in landed.path.split("/")) <= 255
    assert (root / landed.path).resolve().is_relative_to(root.resolve())


def test_the_path_shows_the_request() -> None:
    asked = request(source=None, symbol="kxbtc/up or down?")
    path = page_path(WINDOW, 7, asked)
    assert path == (
        "symbol=kxbtc%2Fup%20or%20down%3F/interval=4h/source=all/20260307T000000Z--20260308T000000Z/"
        f"w1-00007-{asked.fingerprint}.json.zst"
    )


def test_questions_that_differ_have_paths_that_differ() -> None:
    long = "long-slug-" * 40
    asked = [
        request(),
        request(after="a"),
        request(source=None),
        request(source="all"),
        request(symbol=long),
        request(symbol=long + "x"),
        replace(request(), limit=10),
        replace(request(), end=request().end + timedelta(seconds=1)),
        replace(request(), stream=Stream("BTC", Interval.H1, "binance_futures")),
    ]
    assert len({page_path(WINDOW, 0, question) for question in asked}) == len(asked)
    assert page_path(WINDOW, 0, request()) != page_path(WINDOW, 1, request())
    assert page_path(WINDOW, 0, request()) != page_path("w2", 0, request())


def test_one_instant_in_two_time_zones_has_one_path() -> None:
    tokyo = timezone(timedelta(hours=9))
    moved = replace(request(), start=request().start.astimezone(tokyo), end=request().end.astimezone(tokyo))
    assert page_path(WINDOW, 0, moved) == page_path(WINDOW, 0, request())
