"""The way to the vendor: proxies of the environment, and connections that are kept."""

from __future__ import annotations

import pytest

from include.kwery.transport import _proxy_for
from tests.kwery.conftest import Start
from tests.kwery.pages import page_reply, request


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_in_the_environment_there_is_none() -> None:
    assert _proxy_for("https://kwery-api.com/v1") is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert _proxy_for("https://kwery-api.com/v1") == "http://proxy.example:3128"


def test_a_host_in_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "kwery-api.com")
    assert _proxy_for("https://kwery-api.com/v1") is None


def test_this_machine_is_never_asked_through_a_proxy(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client, server = start(page_reply())
    assert client.open_interest(request()).row_count == 3
    assert len(server.asked) == 1


def test_one_thread_keeps_one_connection(start: Start) -> None:
    client, server = start(page_reply())
    for _ in range(3):
        client.open_interest(request())
    assert len({asked.connection for asked in server.asked}) == 1


def test_no_credentials_but_the_key_and_no_cookies_are_sent(start: Start) -> None:
    client, server = start(page_reply(headers={"Set-Cookie": "session=1"}))
    client.open_interest(request())
    client.open_interest(request())
    assert set(server.asked[1].headers) == {"host", "user-agent", "accept", "accept-encoding", "x-api-key"}
