"""HTTP: one GET, one answer. The only module that knows httpx, and the only one that sends the key."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from include.clock import utc_now
from include.kwery.answer import Answer
from include.kwery.api_key import ApiKey
from include.kwery.contract import public_headers

Auth = Literal["header", "api-key", "api_key"]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_IDLE_SECONDS = 4.0
"""An idle connection is dropped before common servers drop it (5 s): a request lost on a closing one may be charged."""


def _without_headers(record: logging.LogRecord) -> bool:
    """The HTTP library logs the answer's headers at DEBUG, and a redirect's Location may repeat the key (rule 7)."""
    return not record.getMessage().startswith("receive_response_headers.complete")


logging.getLogger("httpcore.http11").addFilter(_without_headers)


class Transport:
    """Sends GET requests over at most `connections` kept-alive connections, for any number of threads.

    Follows no redirect. httpx's client is left out: it logs URLs, and they hold the key where `auth` is a parameter.
    """

    def __init__(
        self,
        root: str,
        key: ApiKey,
        auth: Auth,
        *,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
        connections: int,
        user_agent: str,
    ) -> None:
        self._key = key
        self._auth = auth
        self._timeouts = {
            "connect": connect_timeout_seconds,
            "read": read_timeout_seconds,
            "write": read_timeout_seconds,
            "pool": connect_timeout_seconds,
        }
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        self._tls = httpx.create_ssl_context()
        self._proxy = _proxy_for(root)
        self._free = threading.BoundedSemaphore(connections)
        self._idle: deque[httpx.HTTPTransport] = deque()

    def get(self, url: str) -> Answer:
        """One exchange; a network failure comes back as an Answer with `failure`: no httpx exception escapes."""
        response: httpx.Response | None = None
        failure: str | None = None
        body, sent = b"", True
        try:
            request = self._request(url)
            with self._line() as line:
                response = line.handle_request(request)
                try:
                    body = response.read()
                finally:
                    response.close()
        except (*_NOT_SENT, httpx.InvalidURL) as error:
            failure, sent = _described(error), False
        except (httpx.HTTPError, httpx.StreamError) as error:
            failure = _described(error)
        return self._answer(response, body, failure, sent)

    def close(self) -> None:
        """Closes the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _request(self, url: str) -> httpx.Request:
        headers = self._headers
        if self._auth == "header":
            headers = {**headers, "X-API-Key": self._key.reveal()}
        else:
            url += f"{'&' if '?' in url else '?'}{self._auth}={quote(self._key.reveal(), safe='')}"
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": self._timeouts})

    @contextmanager
    def _line(self) -> Iterator[httpx.HTTPTransport]:
        """A connection for one thread alone: a shared pool was seen to close one that another thread had just taken."""
        with self._free:
            try:
                line = self._idle.pop()
            except IndexError:
                line = self._new_line()
            try:
                yield line
            finally:
                self._idle.append(line)

    def _new_line(self) -> httpx.HTTPTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE_SECONDS)
        return httpx.HTTPTransport(verify=self._tls, limits=limits, proxy=self._proxy)

    def _answer(self, response: httpx.Response | None, body: bytes, failure: str | None, sent: bool) -> Answer:
        headers = public_headers(response.headers) if response is not None else {}
        clean = {name: self._key.redact(value) for name, value in headers.items()}
        payload = self._key.redact_bytes(body)
        return Answer(
            status=response.status_code if response is not None else None,
            headers=clean,
            body=payload,
            received_at=utc_now(),
            failure=self._key.redact(failure) if failure else None,
            sent=sent,
            key_removed=payload is not body or clean != headers,
        )


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _proxy_for(root: str) -> str | None:
    """The proxy that the environment names for the vendor's host; this machine itself is never asked through one."""
    parts = urlsplit(root)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
