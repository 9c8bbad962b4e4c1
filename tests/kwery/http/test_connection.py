"""What a connection is made of: the root in parts, and headers as text."""

from __future__ import annotations

import httpx
import pytest

from include.kwery.http.connection import Root, texts_of


@pytest.mark.parametrize(
    "root",
    [
        "https://kwery-api.com/v1",
        "https://kwery-api.com:443/v1",
        "http://127.0.0.1:8765/v1",
        "http://[::1]:8765/v1",
        "https://bücher.example:8443/v1",
        "https://kwery-api.com/a b/é%20c/v1",
    ],
)
def test_a_request_names_host_and_path_as_httpx_would(root: str) -> None:
    theirs = httpx.Request("GET", f"{root}/open-interest?symbol=%C3%A9&after=a%2Bb")
    ours = Root(root)
    url = ours.url_of("open-interest?symbol=%C3%A9&after=a%2Bb")
    assert ours.host_header == theirs.headers["host"].encode()
    assert (url.scheme, url.host, url.target) == (theirs.url.raw_scheme, theirs.url.raw_host, theirs.url.raw_path)
    assert url.origin.port == (theirs.url.port or {"https": 443, "http": 80}[theirs.url.scheme])


def test_repeated_headers_are_joined_and_any_bytes_are_read() -> None:
    raw = [(b"X-Credits-Used", b"50"), (b"Warning", "é".encode()), (b"x-credits-used", b"53"), (b"X-Odd", b"\xe9")]
    assert texts_of(raw) == {"x-credits-used": "50, 53", "warning": "é", "x-odd": "é"}
    assert texts_of(raw) == {**httpx.Headers(raw), "warning": "é"}  # httpx reads all headers in one encoding
