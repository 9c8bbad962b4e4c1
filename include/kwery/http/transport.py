"""HTTP: one GET, one answer. With `connection` the only module that knows the HTTP library, and that sends the key."""

from __future__ import annotations

import os
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

import h11
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


@dataclass(slots=True)
class _Arrived:
    """What has arrived of one answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=Body)


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
        }
        self._deadlines = Deadlines(timeouts.total_seconds)
        self._root = Root(root)
        headers = [
            (b"Host", self._root.host_header),
            (b"User-Agent", user_agent.encode()),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", _CODING.encode()),
            (b"Cache-Control", b"no-cache"),  # an older answer of a cache says nothing of later buckets
        ]
        if auth == "header":
            headers.append((b"X-API-Key", key.reveal().encode()))
        self._headers = h11.Request(method=b"GET", target=b"/", headers=headers).headers
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
        arrived, failure, can_have_left = _Arrived(), None, True
        connection: Connection | None = None
        try:
            request = self._request(path)
            with self._free:
                connection = self._taken()
                try:
                    self._exchange(connection, request, success_bytes, before_send, arrived)
                finally:
                    self._idle.append(connection)
        except NOT_SENT as error:
            failure, can_have_left = _described(error), False
        except httpcore.RemoteProtocolError as error:
            if connection is None or not connection.has_departed or _is_cut(error):
                failure = _described(error)
            else:
                # h11 shows the line that it could not read, which may repeat the key
                why = self._key.redact(shown_line(error))
                arrived.body = Body(problem=Problem("no HTTP", f"it breaks the rules of HTTP ({why})"))
        except FAILURES as error:
            failure = _described(error)
        sent = can_have_left and connection is not None and connection.has_departed
        return self._answer(arrived, failure, sent)

    def close(self) -> None:
        """Closes the idle connections."""
        self._deadlines.close()
        while self._idle:
            self._idle.pop().close()

    def _request(self, path: str) -> httpcore.Request:
        if self._auth != "header":
            path += f"{'&' if '?' in path else '?'}{self._auth}={quote(self._key.reveal(), safe='')}"
        request = httpcore.Request(b"GET", self._root.url_of(path), extensions={"timeout": self._timeouts})
        request.headers = self._headers  # type: ignore[assignment] # h11 takes what it has checked before
        return request

    def _exchange(
        self,
        connection: Connection,
        request: httpcore.Request,
        success_bytes: int,
        before_send: BeforeSend | None,
        arrived: _Arrived,
    ) -> None:
        """Fills `arrived`, within the bound on a whole answer: passed, it is a time-out of reading."""
        deadline = Deadline(self._deadlines, connection.hang_up)
        try:
            response = connection.send(request, before_send, deadline)
            arrived.status = response.status
            try:
                arrived.headers = headers = texts_of(response.headers)
                coding = self._key.redact(headers.get("content-encoding", ""))  # messages show a part of it
                arrived.body = read_body(response.iter_stream(), coding, most_bytes(response.status, success_bytes))
            finally:
                response.close()
        except FAILURES:
            if not deadline.passed:
                raise
        finally:
            deadline.end()
        if deadline.passed:  # also where the connection's end looks like the answer's
            raise httpcore.ReadTimeout(f"not whole after {self._deadlines.seconds:g} s (api.total_timeout_seconds)")

    def _taken(self) -> Connection:
        """A connection for one thread alone: a shared pool was seen to close one that another thread had just taken."""
        try:
            return self._idle.pop()
        except IndexError:
            return Connection(self._tls, self._proxy)

    def _answer(self, arrived: _Arrived, failure: str | None, sent: bool) -> Answer:
        body, public = arrived.body, public_headers(arrived.headers)
        clean = {name: self._key.redact(value) for name, value in public.items()}
        payload = self._key.redact_bytes(body.payload)
        return Answer(
            status=arrived.status,
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
