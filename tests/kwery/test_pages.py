"""From an answer to a Page: cursors, counts, charges and clipping, as the vendor's generations send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from include.domain.next_step import NextStep
from include.kwery.errors import ContractBroken
from include.kwery.models import ChargeSource, Page
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, envelope, page_reply, request, rows
from tests.kwery.scripted_server import Asked, Reply

Ask = Callable[[Reply], Page]


@pytest.fixture
def ask(start: Start) -> Ask:
    return lambda reply: start(reply)[0].page(request())


def body_of(**parts: Any) -> Reply:
    return Reply(body=parts, headers={"X-Credits-Used": str(50 + 3 * len(parts["data"]))})


def test_a_page_is_kept_byte_for_byte(ask: Ask) -> None:
    body = json.dumps(envelope(3), indent=3).encode() + b"\n"
    page = ask(Reply(body=body, headers={"X-Credits-Used": "59"}))
    assert page.body == body
    assert (page.row_count, page.status, page.warnings) == (3, 200, ())


def test_a_compressed_page_is_the_same_page(ask: Ask) -> None:
    page = ask(Reply(body=envelope(3), behaviour="gzip"))
    assert json.loads(page.body) == envelope(3)


def test_clock_and_request_id_come_from_the_headers_in_any_case(ask: Ask) -> None:
    page = ask(page_reply(headers={"DATE": "Sat, 07 Mar 2026 12:00:05 GMT", "x-REQUEST-id": "r-1"}))
    assert page.vendor_time == datetime(2026, 3, 7, 12, 0, 5, tzinfo=UTC)
    assert page.request_id == "r-1"
    assert page.received_at.tzinfo is UTC


def test_an_unreadable_date_header_leaves_the_vendors_clock_unknown(ask: Ask) -> None:
    assert ask(page_reply(headers={"Date": "yesterday"})).vendor_time is None


@pytest.mark.parametrize(
    ("headers", "charge", "source"),
    [
        ({"X-Credits-Used": "61"}, 61, ChargeSource.USED),
        ({"x-credits-USED": "59"}, 59, ChargeSource.USED),
        ({"X-Credits-Charged": "12"}, 12, ChargeSource.CHARGED),
        ({"X-Credits-Used": "61", "X-Credits-Charged": "12"}, 61, ChargeSource.USED),
        ({"X-Credits-Used": "unknown", "X-Credits-Charged": "12"}, 12, ChargeSource.CHARGED),
        ({"X-Credits-Used": "-5"}, 59, ChargeSource.PRICE_TABLE),
        ({"X-Credits-Used": "59.0"}, 59, ChargeSource.USED),
        ({"X-Credits-Used": "58.2"}, 59, ChargeSource.USED),
        ({"X-Credits-Used": "inf"}, 59, ChargeSource.PRICE_TABLE),
        ({}, 59, ChargeSource.PRICE_TABLE),
    ],
)
def test_the_charge_is_the_headers_else_the_price_tables(
    ask: Ask, headers: dict[str, str], charge: int, source: ChargeSource
) -> None:
    page = ask(page_reply(3, headers))
    assert (page.charge_credits, page.charge_source) == (charge, source)
    assert any("price table says 59" in warning for warning in page.warnings) == (charge != 59)


def test_the_price_table_is_the_clients(start: Start) -> None:
    client, _ = start(page_reply(3), priced=lambda rows: 10 + 2 * rows)
    assert client.page(request()).charge_credits == 16


@pytest.mark.parametrize(("header", "remaining"), [("420", 420), ("0", 0), ("many", None), (None, None)])
def test_an_unknown_balance_stays_unknown(ask: Ask, header: str | None, remaining: int | None) -> None:
    headers = {} if header is None else {"X-Credits-Remaining": header}
    assert ask(page_reply(headers=headers)).credits_remaining == remaining


@pytest.mark.parametrize(
    ("header", "capped"), [("true", True), ("True", True), ("1", True), ("false", False), ("", False)]
)
def test_the_row_cap_is_read_from_its_header(ask: Ask, header: str, capped: bool) -> None:
    assert ask(page_reply(headers={"X-Rows-Capped": header})).rows_capped is capped


@pytest.mark.parametrize("meta", [{"returned": 3}, {"count": 3}, {"total": 3}, {}])
def test_any_name_of_the_count_will_do_and_none_too(ask: Ask, meta: dict[str, int]) -> None:
    page = ask(body_of(data=rows(3), meta={**meta, "next_cursor": None}))
    assert (page.row_count, page.warnings) == (3, ())


def test_returned_6_with_3_rows_is_a_warning(ask: Ask) -> None:
    page = ask(body_of(data=rows(3), meta={"returned": 6, "next_cursor": None, "has_more": False}))
    assert page.row_count == 3
    assert page.warnings == ("meta.returned says 6, but data has 3 rows",)


def test_another_count_in_the_header_is_a_warning(ask: Ask) -> None:
    page = ask(page_reply(3, {"X-Rows-Returned": "4", "X-Credits-Used": "59"}))
    assert page.warnings == ("X-Rows-Returned says 4, but data has 3 rows",)


def test_more_rows_than_asked_for_is_a_warning(ask: Ask) -> None:
    page = ask(page_reply(1001))
    assert page.row_count == 1001
    assert "data has 1001 rows, more than the limit of 1000" in page.warnings


@pytest.mark.parametrize("meta", [{"next_cursor": None}, {}, {"next_cursor": ""}, {"next_cursor": False}])
def test_no_cursor_ends_the_chain_also_without_has_more(ask: Ask, meta: dict[str, Any]) -> None:
    assert ask(body_of(data=rows(1), meta=meta)).next_cursor is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("eyJvZmZzZXQiOiAxfQ==", "eyJvZmZzZXQiOiAxfQ=="),
        (17, "17"),
        (0, "0"),
        ({"offset": 1}, '{"offset":1}'),
        (["a", 1], '["a",1]'),
    ],
)
def test_a_cursor_of_any_type_is_kept(ask: Ask, sent: Any, kept: str) -> None:
    page = ask(body_of(data=rows(1), meta={"next_cursor": sent}))
    assert page.next_cursor == kept
    assert bool(page.warnings) is not isinstance(sent, str)


def test_a_cursor_beside_meta_is_not_overlooked(ask: Ask) -> None:
    assert ask(body_of(data=rows(1), next_cursor="abc")).next_cursor == "abc"


def test_has_more_without_a_cursor_is_a_warning(ask: Ask) -> None:
    page = ask(body_of(data=rows(1), meta={"next_cursor": None, "has_more": True}))
    assert page.next_cursor is None
    assert page.warnings == ("has_more is true, but there is no next_cursor",)


def test_a_cursor_beside_has_more_false_is_kept_with_a_warning(ask: Ask) -> None:
    page = ask(body_of(data=rows(1), meta={"next_cursor": "a", "has_more": False}))
    assert page.next_cursor == "a"
    assert page.warnings == ("has_more is false, but there is a next_cursor",)


def test_an_empty_page_is_a_page(ask: Ask) -> None:
    page = ask(body_of(data=[], meta={"count": 0, "next_cursor": None}))
    assert (page.row_count, page.charge_credits, page.next_cursor) == (0, 50, None)


def test_unknown_fields_are_ignored(ask: Ask) -> None:
    page = ask(body_of(data=[{"new": 1}], meta={"next_cursor": None, "new": {"deep": [1]}}, new=[1, 2]))
    assert (page.row_count, page.warnings) == (1, ())


@pytest.mark.parametrize("meta", [None, [], "all", 3])
def test_a_meta_that_is_no_object_is_a_warning(ask: Ask, meta: Any) -> None:
    page = ask(body_of(data=rows(2), meta=meta))
    assert (page.row_count, page.next_cursor) == (2, None)
    assert len(page.warnings) == 1


def test_a_page_with_nan_is_still_a_page(ask: Ask) -> None:
    """Also where an integer beside it has more digits than Python converts."""
    body = '{"data": [{"open_interest": NaN}, {"z": ' + "9" * 5000 + '}], "meta": {"next_cursor": "n"}}'
    page = ask(Reply(body=body))
    assert (page.row_count, page.next_cursor, page.body) == (2, "n", body.encode())
    assert any("not strict" in warning for warning in page.warnings)


def test_a_byte_order_mark_is_tolerated(ask: Ask) -> None:
    assert ask(Reply(body=b"\xef\xbb\xbf" + json.dumps(envelope(2)).encode())).row_count == 2


def test_a_clipped_start_is_reported(ask: Ask) -> None:
    page = ask(page_reply(clamped=True, clamped_reason="plan", effective_start="2026-03-07T08:00:00Z"))
    assert page.clamped
    assert page.clamped_to == datetime(2026, 3, 7, 8, tzinfo=UTC)


def test_a_later_effective_start_is_clipping_even_unsaid(ask: Ask) -> None:
    assert ask(page_reply(effective_start="2026-03-07T08:00:00+00:00")).clamped


@pytest.mark.parametrize("effective", [None, "2026-03-07T00:00:00Z", "2026-03-06T00:00:00Z"])
def test_a_start_that_was_kept_is_not_clipping(ask: Ask, effective: str | None) -> None:
    page = ask(page_reply(clamped=None, effective_start=effective))
    assert (page.clamped, page.clamped_to) == (False, None)


def test_an_unreadable_effective_start_is_a_warning(ask: Ask) -> None:
    page = ask(page_reply(clamped=True, effective_start="recently"))
    assert (page.clamped, page.clamped_to) == (True, None)
    assert any("'recently' is not a time" in warning for warning in page.warnings)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "busy",
        "<html>hello</html>",
        "[]",
        "null",
        "17",
        "{}",
        '{"data": null}',
        '{"data": {}}',
        '{"data": [1',
        "[" * 9999,
    ],
)
def test_a_200_that_is_no_page_is_never_an_empty_result(ask: Ask, body: str) -> None:
    with pytest.raises(ContractBroken) as caught:
        ask(Reply(body=body, headers={"X-Request-ID": "r-9", "X-Credits-Used": "50"}))
    error = caught.value
    assert "r-9" in str(error)
    assert (error.next_step, error.status, error.charge_credits) == (NextStep.RETRY, 200, 50)


def test_an_unreadable_200_without_a_charge_header_counts_as_not_seen(ask: Ask) -> None:
    with pytest.raises(ContractBroken) as caught:
        ask(Reply(body={"error": "internal", "message": "oops"}))
    assert (caught.value.charge_credits, caught.value.answer_seen, caught.value.code) == (None, False, "internal")


def test_threads_share_a_client_and_its_connections(start: Start) -> None:
    def answer(asked: Asked) -> Reply:
        return page_reply(1, next_cursor=asked.query["after"])

    client, server = start(answer, connections=2)
    cursors = [f"c{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda cursor: client.page(request(cursor)), cursors))
    assert [page.next_cursor for page in pages] == cursors
    assert len({asked.connection for asked in server.asked}) <= 2
    assert all(asked.headers["x-api-key"] == KEY for asked in server.asked)
