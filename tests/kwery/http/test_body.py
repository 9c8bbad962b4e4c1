"""Bodies over the wire: every size, kind of answer and coding within its bound."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from include.domain.next_step import NextStep
from include.kwery.errors import CodingUnknown, ContractBroken, CreditsExhausted, RedirectRefused, VendorUnavailable
from include.kwery.http.body import ACCOUNT_BYTES, REFUSAL_BYTES, most_bytes, page_bytes, read_body
from include.kwery.retry import RetryPolicy
from tests.kwery.conftest import Start
from tests.kwery.pages import envelope, page_reply, request
from tests.kwery.scripted_server import Reply

ONE_GIGABYTE_OF_ZEROS = gzip.compress(bytes(10_000_000)) * 100
CHARGE = {"X-Credits-Used": "77"}


def endless() -> Iterator[bytes]:
    while True:
        yield b"[" * 10_000


def test_what_arrives_is_read_up_to_its_bound_only() -> None:
    body = read_body(endless(), "", 1_000_000)
    assert body.problem is not None
    assert (body.problem.kind, len(body.payload)) == ("too large", 1_010_000)


@pytest.mark.parametrize(
    ("status", "bound"), [(200, 5_000_000), (204, 5_000_000), (302, REFUSAL_BYTES), (500, REFUSAL_BYTES)]
)
def test_only_a_success_may_be_as_large_as_a_page(status: int, bound: int) -> None:
    assert most_bytes(status, 5_000_000) == bound


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b'{"data": [' + b"1," * 1_500_000 + b"1]}"),
        Reply(body=ONE_GIGABYTE_OF_ZEROS, headers={"Content-Encoding": "gzip"}),
        Reply(body=b'{"data": [' * 1000, behaviour="endless"),
        Reply(body=b"\x1f\x8b\x08" + bytes(10_000), headers={"Content-Encoding": "br"}, behaviour="endless"),
    ],
    ids=["plain", "compressed", "endless", "unknown coding"],
)
def test_a_page_larger_than_its_rows_is_cut_with_its_charge(start: Start, reply: Reply) -> None:
    client, _ = start(replace(reply, headers=reply.headers | CHARGE), page_reply())
    with pytest.raises(ContractBroken, match=r"larger than 2,262,144 bytes.*api\.max_row_bytes") as caught:
        client.page(request())
    assert (caught.value.charge_credits, caught.value.answer_seen) == (77, False)
    assert client.page(request()).row_count == 3, "nothing of the old answer is left on the connection"


@pytest.mark.parametrize("row", ["0", "{}", '{"open_interest":1}'])
def test_more_rows_than_can_be_requested_are_no_page(start: Start, row: str) -> None:
    """Small rows fit the bound of bytes a hundred thousand times, and each costs memory wherever it is judged."""
    body = '{"data": [' + ",".join([row] * 10_001) + "]}"
    with pytest.raises(ContractBroken, match=r"10,001 rows.*at most 1,000 can be requested") as caught:
        start(Reply(body=body, headers=CHARGE))[0].page(request())
    assert caught.value.charge_credits == 77
    assert start(Reply(body=body.replace(f"{row},", "", 1)))[0].page(request()).row_count == 10_000


def test_a_page_within_its_bound_is_read_whatever_the_limit(start: Start) -> None:
    """Rows of 1 KB: wide, but within api.max_row_bytes."""
    wide = {"data": [{"note": "x" * 1000}] * 1000, "meta": {}}
    assert start(Reply(body=wide))[0].page(request()).row_count == 1000


def test_the_bound_follows_the_setting(start: Start) -> None:
    wide = Reply(body={"data": [{"note": "x" * 3000}] * 1000, "meta": {}})
    with pytest.raises(ContractBroken):
        start(wide)[0].page(request())
    assert start(wide, max_row_bytes=4000)[0].page(request()).row_count == 1000


@pytest.mark.parametrize(
    ("status", "kind"), [(402, CreditsExhausted), (503, VendorUnavailable), (302, RedirectRefused)]
)
@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_an_answer_that_is_no_success_keeps_its_meaning(
    start: Start, status: int, kind: type[Exception], coding: str
) -> None:
    """Its body is cut at a smaller bound, or not decoded at all; the status says what happens next."""
    body = ONE_GIGABYTE_OF_ZEROS if coding else b"x" * 10_000
    headers = {"Location": "https://elsewhere.example/"} | ({"Content-Encoding": coding} if coding else {})
    client, _ = start(Reply(status, body, headers, "whole" if coding else "endless"))
    with pytest.raises(kind):
        client.page(request())


@pytest.mark.parametrize("coding", ["gzip", ""])
def test_account_pages_have_a_bound_of_their_own(start: Start, coding: str) -> None:
    body = ONE_GIGABYTE_OF_ZEROS if coding else b" " * 10_000
    headers = {"Content-Encoding": coding} if coding else {}
    client, _ = start(Reply(200, body, headers, "whole" if coding else "endless"))
    for ask in (client.limits, client.symbols):
        with pytest.raises(ContractBroken, match=f"larger than {ACCOUNT_BYTES:,} bytes"):
            ask()


def test_bodies_are_requested_uncompressed(start: Start) -> None:
    client, server = start(page_reply())
    client.page(request())
    assert server.asked[0].headers["accept-encoding"] == "identity"


def test_an_unknown_coding_ends_the_run_after_one_answer(start: Start) -> None:
    client, _ = start(Reply(200, b"\x8b\x02\x80", CHARGE | {"Content-Encoding": "br"}))
    with pytest.raises(CodingUnknown, match=r"coding 'br'.*identity was requested.*Accept-Encoding") as caught:
        client.page(request())
    assert caught.value.next_step is NextStep.STOP_RUN
    assert caught.value.charge_credits == 77
    assert RetryPolicy().decide(caught.value, 1) is None


def test_damaged_compression_is_requested_once_more_only(start: Start) -> None:
    wire = gzip.compress(json.dumps(envelope(3)).encode())[:-4]
    client, _ = start(Reply(200, wire, {"Content-Encoding": "gzip"}))
    with pytest.raises(ContractBroken, match="gzip coding is damaged") as caught:
        client.page(request())
    assert RetryPolicy(attempts=9).decide(caught.value, 1) is not None
    assert RetryPolicy(attempts=9).decide(caught.value, 2) is None


def test_bytes_after_the_compressed_data_are_counted_on_the_page(start: Start) -> None:
    wire = gzip.compress(json.dumps(envelope(3)).encode()) + b"garbage"
    page = start(Reply(200, wire, {"Content-Encoding": "x-gzip"}))[0].page(request())
    assert page.row_count == 3
    assert page.unread_bytes == 7


def test_headers_without_end_are_no_answer(start: Start) -> None:
    client, _ = start(Reply(headers={"X-Long": "x" * 300_000}))
    with pytest.raises(Exception, match="Receive buffer too long"):
        client.page(request())


def test_a_page_may_have_its_rows_and_some_room() -> None:
    assert page_bytes(1000, 2000) == 2_000_000 + 256 * 1024


@pytest.mark.parametrize("beside", ['"meta": {"a": [%s]}', '"a": [%s]'])
def test_a_page_with_more_beside_its_rows_than_rows_need_is_refused(start: Start, beside: str) -> None:
    """Each field beside the rows is judged, and takes memory."""
    body = '{"data": [], ' + beside % ",".join(["[]"] * 200_000) + "}"
    client, _ = start(Reply(body=body.encode(), headers=CHARGE))
    with pytest.raises(ContractBroken, match="bytes stand beside its rows") as caught:
        client.page(request())
    assert caught.value.charge_credits == 77
