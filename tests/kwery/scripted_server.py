"""A real HTTP server on 127.0.0.1 that answers by script and remembers what it was asked."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    `behaviour`: `cut` stops in mid-body, `reset` and `close` answer nothing, `hang` waits, `drip` and `drip_body` give
    the whole answer or its body a byte at a time, `endless` repeats its body until the client hangs up. Of a `raw`
    answer the body is all that is sent, from its status line on. It is held until `held_until` is set, a minute at
    most.
    """

    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    behaviour: Literal["whole", "cut", "reset", "close", "hang", "gzip", "drip", "drip_body", "endless", "raw"] = (
        "whole"
    )
    held_until: threading.Event | None = None

    @property
    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names are lower-case."""

    target: str
    headers: dict[str, str]
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True))


Script = Sequence[Reply] | Callable[[Asked], Reply]


class ScriptedServer(ThreadingHTTPServer):
    """Answers with the script's replies in order (the last one again and again), or with what a function gives."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self.connections = itertools.count(1)
        self._turn = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reply_to(self, asked: Asked) -> Reply:
        with self._turn:
            self.asked.append(asked)
            if callable(self.script):
                return self.script(asked)
            return self.script[min(len(self.asked), len(self.script)) - 1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the scripts."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ScriptedServer

    def setup(self) -> None:
        self.number = next(self.server.connections)
        super().setup()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply_to(Asked(self.path, headers, self.number))
        if reply.held_until:
            reply.held_until.wait(60)
        if reply.behaviour in ("reset", "close", "hang"):
            self._give_nothing(reply.behaviour)
        elif reply.behaviour == "raw":
            self.wfile.write(reply.payload)
            self.close_connection = True
        else:
            self._give(reply)

    def _give_nothing(self, behaviour: str) -> None:
        if behaviour == "hang":
            self.server.closing.wait(60)
        if behaviour == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _give(self, reply: Reply) -> None:
        payload = gzip.compress(reply.payload) if reply.behaviour == "gzip" else reply.payload
        given = {name.lower() for name in reply.headers}
        if reply.behaviour == "drip":
            self._drip(b"HTTP/1.1 200 OK\r\nServer: " + b"slow" * 1000)
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.behaviour == "gzip":
            self.send_header("Content-Encoding", "gzip")
        if "content-length" not in given and reply.behaviour != "endless":
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if reply.behaviour == "drip_body":
            self._drip(payload * 100)
        if reply.behaviour == "endless":
            self._repeat(payload)
        self.wfile.write(payload[: len(payload) // 2] if reply.behaviour == "cut" else payload)
        self.close_connection = reply.behaviour == "cut"

    def _drip(self, text: bytes) -> None:
        for place in range(len(text)):
            if self.server.closing.wait(0.01):
                return
            self.wfile.write(text[place : place + 1])

    def _repeat(self, payload: bytes) -> None:
        """At most 64 MB: a client that reads more than that has no bound."""
        for _ in range(64 * 1024 * 1024 // len(payload)):
            if self.server.closing.is_set():
                break
            self.wfile.write(payload)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The tests read `asked` instead."""


@contextmanager
def serving(script: Script) -> Iterator[ScriptedServer]:
    """A running server."""
    server = ScriptedServer(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
