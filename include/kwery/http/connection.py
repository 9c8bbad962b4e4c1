"""One kept-alive connection to the vendor, on httpcore, which is what httpx itself sends with."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpcore

from include.kwery.http.deadline import Deadline

BeforeSend = Callable[[], None]

NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError, httpcore.UnsupportedProtocol)
"""Errors before a byte of the request can have left."""
FAILURES = (*NOT_SENT, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
"""Everything that httpcore raises of an exchange."""
_IDLE_SECONDS = 4.0
"""An idle connection is dropped before common servers drop it (5 s): a request lost on a closing one may be charged.

A request may be held back for half a second more."""
_IN_A_PATH = "/%:@!$&'()*+,;=~"


def _without_the_answer(record: logging.LogRecord) -> bool:
    """httpcore logs headers, and lines that it could not read, at DEBUG: a vendor may repeat the key there (rule 7)."""
    return not record.getMessage().startswith("receive_response_")


logging.getLogger("httpcore.http11").addFilter(_without_the_answer)


class Connection:
    """One connection to the vendor, for one thread at a time; it is opened when it is first needed."""

    def __init__(self, tls: ssl.SSLContext, proxy: str | None) -> None:
        self.has_departed = False
        """Whether the newest request left for the vendor: before that a proxy connects."""
        # Only makes connections: the queue of requests around them costs a tenth of an exchange.
        self._maker = httpcore.ConnectionPool(
            tls, proxy=_proxy_at(proxy) if proxy else None, keepalive_expiry=_IDLE_SECONDS
        )
        self._connection: httpcore.ConnectionInterface | None = None
        self._socket: socket.socket | None = None

    def send(self, request: httpcore.Request, before_send: BeforeSend | None, deadline: Deadline) -> httpcore.Response:
        """The answer up to its headers; `before_send` is called when the connection is open, before a byte is sent.

        The deadline begins once the whole request is sent, so that starting it delays nothing.
        """
        self.has_departed = False

        def follow(event: str, info: dict[str, Any]) -> None:
            if self.has_departed:
                if event == "http11.send_request_body.complete":
                    deadline.start()
                    del request.extensions["trace"]  # an answer has as many events, and none of them counts
            elif event == "http11.send_request_headers.started" and info["request"].method == b"GET":
                self.has_departed = True
                if before_send is not None:
                    before_send()
            elif event.endswith((".connect_tcp.complete", ".start_tls.complete")):
                self._socket = info["return_value"].get_extra_info("socket")

        request.extensions["trace"] = follow
        return self._usable(request.url).handle_request(request)

    def hang_up(self) -> None:
        """Ends whatever is read from the connection, by any thread; it is not used again."""
        if self._socket is not None:
            with suppress(OSError):  # it broke at the same moment
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _usable(self, url: httpcore.URL) -> httpcore.ConnectionInterface:
        """The connection, or a new one where it was closed by either side or idle for too long."""
        found = self._connection
        if found is None or found.is_closed() or found.has_expired():
            self.close()
            found = self._connection = self._maker.create_connection(url.origin)
        return found


class Root:
    """The base URL of the API in the parts that a request needs."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.is_tls = parts.scheme == "https"
        self._scheme = parts.scheme.encode()
        self._host = _encoded_host(parts.hostname or "")
        self._port = parts.port
        self._path = quote(parts.path, safe=_IN_A_PATH)

    @property
    def host_header(self) -> bytes:
        """The host as a request names it; the usual port is left out."""
        host = b"[%b]" % self._host if b":" in self._host else self._host
        if self._port is None or self._port == (443 if self.is_tls else 80):
            return host
        return b"%b:%d" % (host, self._port)

    def url_of(self, path: str) -> httpcore.URL:
        """The URL below the root; `path` begins without a slash and is percent-encoded."""
        target = f"{self._path}/{path}".encode()
        return httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)


def texts_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers with lower-case names; the values of a repeated one are joined by a comma, as HTTP reads them."""
    texts: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        texts[name] = f"{texts[name]}, {value}" if name in texts else value
    return texts


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _encoded_host(host: str) -> bytes:
    if host.isascii():
        return host.encode()
    import idna

    return idna.encode(host)


def _proxy_at(url: str) -> httpcore.Proxy:
    parts = urlsplit(url)
    login = None
    if parts.username or parts.password:
        login = unquote(parts.username or "").encode(), unquote(parts.password or "").encode()
    host = _encoded_host(parts.hostname or "")
    return httpcore.Proxy(httpcore.URL(scheme=parts.scheme.encode(), host=host, port=parts.port, target=b"/"), login)
