"""HTTP: one GET, one answer. With `connection` the only module that knows the HTTP library, and that sends the key."""

from __future__ import annotations

import os
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import quote

import httpcore

from include.domain.clock import utc_now
from include.domain.display import shown_line
from include.kwery.answers.answer import Answer
from include.kwery.api_key import ApiKey
from include.kwery.http.body import Body, Problem, most_bytes, read_body
from include.kwery.http.certificates import trusted_authorities
from include.kwery.http.connection import FAILURES, NOT_SENT, BeforeSend, Connection, Root, texts_of
from include.kwery.http.deadline import Deadline, Deadlines, Timeouts
from include.kwery.http.proxy import proxy_for
from include.kwery.models import public_headers

Auth = Literal["header", "api-key", "api_key"]

_CODING = "identity"
"""Bodies are requested uncompressed: an answer whose coding cannot be undone is paid for, and bought again.

A page of 1,000 rows is some 170 KB so, 20 a second are 3.4 MB/s. What is compressed all the same is read.
"""


class Transport:
    """Sends GET requests over at most `connections` kept-alive connections, for any number of threads.

    Follows no redirect, and logs no URL: it holds the key where `auth` is a parameter.
    """

    def __init__(
        self,
        root: str,
        key: ApiKey,
        auth: Auth,
        *,
        timeouts: Timeouts,
        connections: int,
        user_agent: str,
    ) -> None:
        self._key = key
        self._auth = auth
        self._timeouts = {
            "connect": timeouts.connect_seconds,
            "read": timeouts.read_seconds,
            "write": timeouts.read_seconds,
            "pool": timeouts.connect_seconds,
        }
        self._deadlines = Deadlines(timeouts.total_seconds)
        self._root = Root(root)
        self._headers = [
            (b"Host", self._root.host_header),
            (b"User-Agent", user_agent.encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", _CODING.encode()),
            (b"Cache-Control", b"no-cache"),  # an older answer of a cache says nothing of later buckets
        ]
        self._tls = trusted_authorities() if self._root.is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._proxy = proxy_for(root, os.environ)
        self._free = threading.BoundedSemaphore(connections)
        self._idle: deque[Connection] = deque()

    def get(self, path: str, success_bytes: int, before_send: BeforeSend | None = None) -> Answer:
        """One exchange; a network failure comes back as an Answer with `failure`: no httpcore exception escapes.

        `path` is below the root, percent-encoded, with its query. `success_bytes` bounds the body of a 2xx answer,
        decoded or not; what is larger comes back as a `problem`.
        `before_send` is called when the connection is open, just before the request is sent; it may delay it.
        """
        response: httpcore.Response | None = None
        failure: str | None = None
        connection: Connection | None = None
        body, can_have_left = Body(), True
        headers: dict[str, str] = {}
        try:
            request = self._request(path)
            with self._connection() as connection, self._deadline(connection) as deadline:
                response = connection.send(request, before_send, deadline)
                try:
                    headers = texts_of(response.headers)
                    coding = self._key.redact(headers.get("content-encoding", ""))  # messages show a part of it
                    body = read_body(response.iter_stream(), coding, most_bytes(response.status, success_bytes))
                finally:
                    response.close()
        except NOT_SENT as error:
            failure, can_have_left = _described(error), False
        except httpcore.RemoteProtocolError as error:
            if connection is None or not connection.has_departed or _is_cut(error):
                failure = _described(error)
            else:
                # h11 shows the line that it could not read, which may repeat the key
                why = self._key.redact(shown_line(error))
                body = Body(problem=Problem("no HTTP", f"it breaks the rules of HTTP ({why})"))
        except FAILURES as error:
            failure = _described(error)
        sent = can_have_left and connection is not None and connection.has_departed
        return self._answer(response.status if response else None, headers, body, failure, sent)

    def close(self) -> None:
        """Closes the idle connections."""
        self._deadlines.close()
        while self._idle:
            self._idle.pop().close()

    def _request(self, path: str) -> httpcore.Request:
        headers = self._headers
        if self._auth == "header":
            headers = [*headers, (b"X-API-Key", self._key.reveal().encode())]
        else:
            path += f"{'&' if '?' in path else '?'}{self._auth}={quote(self._key.reveal(), safe='')}"
        extensions = {"timeout": self._timeouts}
        return httpcore.Request(b"GET", self._root.url_of(path), headers=headers, extensions=extensions)

    @contextmanager
    def _deadline(self, connection: Connection) -> Iterator[Deadline]:
        """The bound on a whole answer: passed, it is a time-out of reading."""
        deadline = Deadline(self._deadlines, connection.hang_up)
        try:
            yield deadline
        except FAILURES:
            if not deadline.passed:
                raise
        finally:
            deadline.end()
        if deadline.passed:  # also where the connection's end looks like the answer's
            raise httpcore.ReadTimeout(f"not whole after {self._deadlines.seconds:g} s (api.total_timeout_seconds)")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection for one thread alone: a shared pool was seen to close one that another thread had just taken."""
        with self._free:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = Connection(self._tls, self._proxy)
            try:
                yield connection
            finally:
                self._idle.append(connection)

    def _answer(
        self, status: int | None, headers: dict[str, str], body: Body, failure: str | None, sent: bool
    ) -> Answer:
        public = public_headers(headers)
        clean = {name: self._key.redact(value) for name, value in public.items()}
        payload = self._key.redact_bytes(body.payload)
        return Answer(
            status=status,
            headers=clean,
            body=payload,
            received_at=utc_now(),
            failure=self._key.redact(failure) if failure else None,
            sent=sent,
            key_removed=payload is not body.payload or clean != public,
            problem=body.problem,
            unread_bytes=body.unread_bytes,
            note=body.note,
        )


def _is_cut(error: httpcore.RemoteProtocolError) -> bool:
    """Whether the connection ended too soon; other errors are of bytes that arrived, and would arrive again.

    Neither HTTP library has a type for the difference: httpcore says the first sentence, h11 the others.
    """
    return str(error).startswith(("Server disconnected", "peer closed connection", "peer unexpectedly closed"))


def _described(error: Exception) -> str:
    return shown_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
