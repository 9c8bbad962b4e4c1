"""Proxies of the environment, by curl's rules, and a SOCKS proxy that carries a request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from include.kwery.client import KweryClient
from include.kwery.errors import TransportFailed
from include.kwery.http.proxy import ProxyUnusable, proxy_for
from tests.kwery.pages import KEY, page_reply, request
from tests.kwery.scripted_server import serving
from tests.patience import PATIENCE_SECONDS

ROOT = "https://kwery-api.com/v1"
PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, None),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "socks5://other:1"}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTPS_PROXY": " proxy.example:3128/ "}, PROXY),
        ({"HTTPS_PROXY": "proxy.example"}, "http://proxy.example"),
        ({"HTTPS_PROXY": "me:pw@proxy.example:3128"}, "http://me:pw@proxy.example:3128"),
        ({"HTTPS_PROXY": "HTTP://[::1]:3128"}, "http://[::1]:3128"),
        ({"ALL_PROXY": "socks5://proxy:1080"}, "socks5://proxy:1080"),
        ({"ALL_PROXY": "socks5h://proxy:1080"}, "socks5h://proxy:1080"),
    ],
)
def test_the_proxy_is_the_one_that_curl_takes(environment: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(ROOT, environment) == proxy


@pytest.mark.parametrize(
    "value",
    ["socks4://h:1", "ftp://h", "http://", "://", ":::", "h:port", "h:99999", "http://h h:1", "[::1", "http://h\x07:1"],
)
def test_what_is_no_proxy_is_refused_by_its_variable(value: str) -> None:
    for name in ("https_proxy", "ALL_PROXY"):
        with pytest.raises(ProxyUnusable) as caught:
            proxy_for(ROOT, {name: value})
        assert caught.value.variable == name
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "listed", "direct"),
    [
        ("kwery-api.com", "kwery-api.com", True),
        ("kwery-api.com", "KWERY-API.com.", True),
        ("eu.kwery-api.com", "kwery-api.com", True),
        ("eu.kwery-api.com", ".kwery-api.com", True),
        ("eu.kwery-api.com", "*.kwery-api.com", True),
        ("kwery-api.com", ".kwery-api.com", True),
        ("notkwery-api.com", "kwery-api.com", False),
        ("kwery-api.com", "*", True),
        ("kwery-api.com", "a.example, kwery-api.com", True),
        ("kwery-api.com", "a.example kwery-api.com", True),
        ("kwery-api.com", "kwery-api.com:443", True),
        ("kwery-api.com", "kwery-api.com:8443", False),
        ("kwery-api.com", "", False),
        ("kwery-api.com", ".,*.", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "2.3", False),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("kwery-api.com", "10.0.0.0/8", False),
        ("10.1.2.3", "10.0.0.0/99", False),
        ("[fd00::1]", "fd00::/8", True),
        ("[fd00::1]", "[fd00::1]", True),
        ("[fd00::1]", "fd00::1", True),
        ("[fd00::1]", "[fd00::1]:443", True),
        ("[fd00::1]", "[fd00::1]:80", False),
    ],
)
def test_no_proxy_lists_names_networks_and_ports(host: str, listed: str, direct: bool) -> None:
    found = proxy_for(f"https://{host}/v1", {"HTTPS_PROXY": PROXY, "NO_PROXY": listed})
    assert (found is None) is direct


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_reached_directly(host: str) -> None:
    assert proxy_for(f"http://{host}:8900/v1", {"ALL_PROXY": PROXY}) is None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_carries_the_request(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving([page_reply()]) as server, _socks_proxy(server.server_address[1]) as (port, hosts):
        monkeypatch.setenv("all_proxy", f"{scheme}://127.0.0.1:{port}")
        with KweryClient("http://vendor.example", KEY) as client:
            assert client.page(request()).row_count == 3
    assert hosts == [b"vendor.example"]


@pytest.mark.parametrize("answer", [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nNo Header: x\r\n\r\n", b""])
def test_what_breaks_while_a_proxy_connects_was_not_sent(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor saw no request, so nothing stays reserved for its answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_once, args=(listener, answer))
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with KweryClient("https://vendor.example", KEY) as client, pytest.raises(TransportFailed) as caught:
            client.page(request())
        thread.join(60)
    assert caught.value.charge_credits == 0


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(65_536)
        client.sendall(answer)


@contextmanager
def _socks_proxy(target: int) -> Iterator[tuple[int, list[bytes]]]:
    """A SOCKS 5 server (RFC 1928) that connects everybody to `target` on this machine and notes the named host."""
    hosts: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        thread = threading.Thread(target=_serve_socks, args=(listener, target, hosts))
        thread.start()
        yield listener.getsockname()[1], hosts
        thread.join(60)


def _serve_socks(listener: socket.socket, target: int, hosts: list[bytes]) -> None:
    client, _ = listener.accept()
    with client, socket.create_connection(("127.0.0.1", target)) as server:
        client.settimeout(PATIENCE_SECONDS)
        _, methods = client.recv(2)
        client.recv(methods)
        client.sendall(b"\x05\x00")
        *_, length = client.recv(5)
        hosts.append(client.recv(length))
        client.recv(2)
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        back = threading.Thread(target=_pump, args=(server, client))
        back.start()
        _pump(client, server)
        back.join(60)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
