"""HTTP: one GET, one answer. The only module that knows httpx, and the only one that sends the key."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx

from include.domain.clock import utc_now
from include.domain.display import shown_line
from include.kwery.answers.answer import Answer
from include.kwery.api_key import ApiKey
from include.kwery.http.body import Body, Problem, most_bytes, read_body
from include.kwery.http.certificates import check_certificates
from include.kwery.http.deadline import Deadline, Deadlines
from include.kwery.http.proxy import proxy_for
from include.kwery.models import public_headers

Auth = Literal["header", "api-key", "api_key"]
BeforeSend = Callable[[], None]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_IDLE_SECONDS = 4.0
"""An idle connection is dropped before common servers drop it (5 s): a request lost on a closing one may be charged.

A request may be held back for half a second more."""

_CODING = "identity"
"""Bodies are requested uncompressed: an answer whose coding cannot be undone is paid for, and bought again.

A page of 1,000 rows is some 170 KB so, 20 a second are 3.4 MB/s. What is compressed all the same is read.
"""


def _without_headers(record: logging.LogRecord) -> bool:
    """The HTTP library logs the answer's headers at DEBUG, and a redirect's Location may repeat the key (rule 7)."""
    return not record.getMessage().startswith("receive_response_headers.complete")


logging.getLogger("httpcore.http11").addFilter(_without_headers)


class _Connection:
    """One connection to the vendor, for one thread at a time."""

    def __init__(self, connection: httpx.HTTPTransport) -> None:
        self.has_departed = False
        """Whether the newest request left for the vendor: before that a proxy connects."""
        self._connection = connection
        self._socket: socket.socket | None = None

    def send(self, request: httpx.Request, before_send: BeforeSend | None, deadline: Deadline) -> httpx.Response:
        """The answer up to its headers; `before_send` is called when the connection is open, before a byte is sent.

        The deadline begins once the whole request is sent, so that starting it delays nothing.
        """
        self.has_departed = False

        def follow(event: str, info: dict[str, Any]) -> None:
            if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
                self._socket = info["return_value"].get_extra_info("socket")
            elif event == "http11.send_request_headers.started" and info["request"].method == b"GET":
                self.has_departed = True
                if before_send is not None:
                    before_send()
            elif self.has_departed and event == "http11.send_request_body.complete":
                deadline.start()

        request.extensions["trace"] = follow
        return self._connection.handle_request(request)

    def hang_up(self) -> None:
        """Ends whatever is read from the connection, by any thread; it is not used again."""
        if self._socket is not None:
            with suppress(OSError):  # it broke at the same moment
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that this machine trusts, or the environment names: read once, for it takes a while.

    Raises CertificatesUnusable.
    """
    check_certificates(os.environ)
    return httpx.create_ssl_context()


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
        total_timeout_seconds: float,
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
        self._deadlines = Deadlines(total_timeout_seconds)
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": _CODING,
            "Cache-Control": "no-cache",  # an older answer of a cache says nothing of later buckets
        }
        is_tls = urlsplit(root).scheme == "https"
        self._tls = _certificates() if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._proxy = proxy_for(root, os.environ)
        self._free = threading.BoundedSemaphore(connections)
        self._idle: deque[_Connection] = deque()

    def get(self, url: str, success_bytes: int, before_send: BeforeSend | None = None) -> Answer:
        """One exchange; a network failure comes back as an Answer with `failure`: no httpx exception escapes.

        `success_bytes` bounds the body of a 2xx answer, decoded or not; what is larger comes back as a `problem`.
        `before_send` is called when the connection is open, just before the request is sent; it may delay it.
        """
        response: httpx.Response | None = None
        failure: str | None = None
        connection: _Connection | None = None
        body, can_have_left = Body(), True
        try:
            request = self._request(url)
            with self._connection() as connection, self._deadline(connection) as deadline:
                response = connection.send(request, before_send, deadline)
                try:
                    coding = response.headers.get("content-encoding", "")
                    body = read_body(response.iter_raw(), coding, most_bytes(response.status_code, success_bytes))
                finally:
                    response.close()
        except (*_NOT_SENT, httpx.InvalidURL) as error:
            failure, can_have_left = _described(error), False
        except httpx.RemoteProtocolError as error:
            if connection is None or not connection.has_departed or _is_cut(error):
                failure = _described(error)
            else:
                body = Body(problem=Problem("no HTTP", f"it breaks the rules of HTTP ({shown_line(error)})"))
        except (httpx.HTTPError, httpx.StreamError) as error:
            failure = _described(error)
        sent = can_have_left and connection is not None and connection.has_departed
        return self._answer(response, body, failure, sent)

    def close(self) -> None:
        """Closes the idle connections."""
        self._deadlines.close()
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
    def _deadline(self, connection: _Connection) -> Iterator[Deadline]:
        """The bound on a whole answer: passed, it is a time-out of reading."""
        deadline = Deadline(self._deadlines, connection.hang_up)
        try:
            yield deadline
        except httpx.HTTPError:
            if not deadline.passed:
                raise
        finally:
            deadline.end()
        if deadline.passed:  # also where the connection's end looks like the answer's
            raise httpx.ReadTimeout(f"not whole after {self._deadlines.seconds:g} s (api.total_timeout_seconds)")

    @contextmanager
    def _connection(self) -> Iterator[_Connection]:
        """A connection for one thread alone: a shared pool was seen to close one that another thread had just taken."""
        with self._free:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open_connection()
            try:
                yield connection
            finally:
                self._idle.append(connection)

    def _open_connection(self) -> _Connection:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE_SECONDS)
        return _Connection(httpx.HTTPTransport(verify=self._tls, limits=limits, proxy=self._proxy))

    def _answer(self, response: httpx.Response | None, body: Body, failure: str | None, sent: bool) -> Answer:
        headers = public_headers(response.headers) if response is not None else {}
        clean = {name: self._key.redact(value) for name, value in headers.items()}
        payload = self._key.redact_bytes(body.payload)
        return Answer(
            status=response.status_code if response is not None else None,
            headers=clean,
            body=payload,
            received_at=utc_now(),
            failure=self._key.redact(failure) if failure else None,
            sent=sent,
            key_removed=payload is not body.payload or clean != headers,
            problem=body.problem,
            notes=body.notes,
        )


def _is_cut(error: httpx.RemoteProtocolError) -> bool:
    """Whether the connection ended too soon; other errors are of bytes that arrived, and would arrive again.

    Neither HTTP library has a type for the difference: httpcore says the first sentence, h11 the others.
    """
    return str(error).startswith(("Server disconnected", "peer closed connection", "peer unexpectedly closed"))


def _described(error: Exception) -> str:
    return shown_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
