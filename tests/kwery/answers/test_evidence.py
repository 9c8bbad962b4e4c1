"""What a good answer is: each way of falling short is a doubt, and what is merely unknown is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import iso
from include.domain.market import Interval, Stream
from include.kwery.answers.agreement import contradictions
from include.kwery.answers.answer import Answer
from include.kwery.answers.complaints import complaints
from include.kwery.answers.decode import page_of
from include.kwery.answers.doubts import Doubt, because, read_doubts, united
from include.kwery.answers.evidence import FIGURES, AnswerContext, doubts_in, is_usual, judge, note_of
from include.kwery.answers.statements import statements_in
from include.kwery.models import Page
from include.kwery.plans import documented_credits
from tests.kwery.answers.answers import (
    ALL,
    COMPLAINING,
    END,
    FALLING_SHORT,
    GOOD,
    HOUR,
    META,
    NOW,
    ONE,
    START,
    answered,
)


def doubts(page: Page, **context: Any) -> tuple[Doubt, ...]:
    return doubts_in(judge(page, AnswerContext(documented_credits, **context)).objections)


@pytest.mark.parametrize("page", GOOD)
def test_a_good_answer_leaves_no_doubt(page: Page) -> None:
    assert judge(page, AnswerContext(documented_credits)).objections == []


@pytest.mark.parametrize("beside", COMPLAINING)
@pytest.mark.parametrize("in_meta", [False, True])
def test_what_names_an_error_or_something_partial_is_in_doubt(beside: dict[str, Any], in_meta: bool) -> None:
    """The same words count beside `data` and inside `meta`."""
    page = answered(META | beside) if in_meta else answered(**beside)
    found = doubts(page)
    assert found
    assert set(found) <= {Doubt.ERROR_NAMED, Doubt.INCOMPLETE, Doubt.UNKNOWN_FLAG, Doubt.ROWS_HELD_BACK}


@pytest.mark.parametrize(("page", "doubt"), FALLING_SHORT)
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
