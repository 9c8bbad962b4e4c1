"""The way to the vendor: proxies of the environment, and connections that are kept."""

from __future__ import annotations

import select
import ssl
from dataclasses import replace
from typing import Literal

import pytest

from include.kwery.client import KweryClient
from include.kwery.errors import TransportFailed
from include.kwery.http import connection
from include.kwery.http.deadline import Timeouts
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, page_reply, request
from tests.patience import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_this_machine_is_never_asked_through_a_proxy(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client, server = start(page_reply())
    assert client.page(request()).row_count == 3
    assert len(server.asked) == 1


def test_one_thread_keeps_one_connection(start: Start) -> None:
    client, server = start(page_reply())
    for _ in range(3):
        client.page(request())
    assert len({asked.connection for asked in server.asked}) == 1


def test_a_connection_that_the_vendor_has_closed_is_not_used(start: Start) -> None:
    """It closes it without a word after the first answer, as servers do after a while."""
    usual = page_reply()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(usual.payload)}\r\n\r\n".encode()
    client, server = start(replace(usual, body=head + usual.payload, behaviour="raw"), usual)
    assert client.page(request()).row_count == 3
    closed = client._transport._idle[0]._socket
    assert closed is not None
    ended = select.poll()
    ended.register(closed, select.POLLIN)
    assert ended.poll(1000 * PATIENCE_SECONDS)
    assert client.page(request()).row_count == 3
    assert [asked.connection for asked in server.asked] == [1, 2]


def test_a_connection_that_was_idle_for_too_long_is_not_used(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_IDLE_SECONDS", 0.0)
    client, server = start(page_reply())
    for _ in range(2):
        assert client.page(request()).row_count == 3
    assert [asked.connection for asked in server.asked] == [1, 2]


def test_no_credentials_but_the_key_and_no_cookies_are_sent(start: Start) -> None:
    client, server = start(page_reply(headers={"Set-Cookie": "session=1"}))
    client.page(request())
    client.page(request())
    usual = {"host", "user-agent", "accept", "accept-encoding", "cache-control"}
    assert set(server.asked[1].headers) == {*usual, "x-api-key"}


@pytest.mark.parametrize("behaviour", ["drip", "drip_body"])
def test_a_dripping_answer_ends_at_the_total_time_out(start: Start, behaviour: Literal["drip", "drip_body"]) -> None:
    """Its charge is unknown."""
    client, server = start(
        replace(page_reply(), behaviour=behaviour), page_reply(), timeouts=Timeouts(total_seconds=0.8)
    )
    with pytest.raises(TransportFailed, match=r"api\.total_timeout_seconds") as caught:
        client.page(request())
    assert (caught.value.charge_credits, caught.value.answer_seen) == (None, False)
    client._transport._deadlines.seconds = 60  # the next answer may take as long as a busy machine needs
    assert client.page(request()).row_count == 3
    assert len({asked.connection for asked in server.asked}) == 2


def test_the_deadline_of_an_answer_that_came_does_not_end_the_next_one(start: Start) -> None:
    """None is watched between two answers, and the connection is kept."""
    client, server = start(page_reply())
    watched: list[int] = []
    for _ in range(2):
        client.page(request(), lambda: watched.append(len(client._transport._deadlines._passes_at)))
    assert watched == [0, 0]
    assert len({asked.connection for asked in server.asked}) == 1


def test_a_request_is_held_back_with_its_connection_made_and_nothing_sent(start: Start) -> None:
    client, server = start(page_reply())
    asked_before: list[int] = []
    for _ in range(2):
        client.page(request(), lambda: asked_before.append(len(server.asked)))
    assert asked_before == [0, 1]


def test_an_error_before_the_send_slot_is_raised_and_nothing_is_sent(start: Start) -> None:
    """The function that holds the request back raises."""
    client, server = start(page_reply())
    with pytest.raises(ZeroDivisionError):
        client.page(request(), lambda: 1 // 0)
    assert server.asked == []
    assert client.page(request()).row_count == 3


@pytest.mark.parametrize("root", ["https://kwery-api.com/v1", "HTTPS://kwery-api.com/v1"])
def test_https_uses_the_certificates_that_the_machine_trusts(root: str) -> None:
    """Also with `HTTPS` in capitals."""
    with KweryClient(root, KEY) as client:
        tls = client._transport._tls

    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname
    assert tls.cert_store_stats()["x509_ca"] > 0
