"""A ClickHouse server for tests: its HTTP interface over chDB, the same engine in this process.

`python -m tests.warehouse.clickhouse_http --path DATA --port PORT --users USERS.json`, where USERS.json has for each
name {"password": ..., "readonly": 0, 1 or 2}. It listens on the loopback and ends cleanly on SIGTERM.

Queries come as on any server: in the URL or in the body, with parameters, settings and sessions; what an INSERT stores
may be compressed, and so may answers. What it lacks is whatever chDB lacks: users in SQL, clusters, progress.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import email.parser
import gzip
import itertools
import json
import os
import re
import signal
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

os.environ["TZ"] = "UTC"  # before chDB looks at it
import chdb

AUTHENTICATION_FAILED, UNKNOWN_EXCEPTION = 516, 1002
STATUS = {
    **dict.fromkeys((192, 193, AUTHENTICATION_FAILED), 403),
    **dict.fromkeys((36, 62, 69, 70, 27, 53, 72, 457), 400),
    **dict.fromkeys((46, 47, 50, 60, 81, 115), 404),
    48: 501,
    159: 408,
}
"""HTTP's status by ClickHouse's code; any other is 500."""
RESERVED = {
    *("buffer_size", "client_protocol_version", "compress", "database", "decompress", "default_format"),
    *("http_headers_progress_interval_ms", "password", "query", "query_id", "quota_key", "role"),
    *("send_progress_in_http_headers", "session_check", "session_id", "session_timeout", "user", "wait_end_of_query"),
}
"""URL parameters that are no settings of the engine."""
STREAMED = {"CSV", "JSONEachRow", "Native", "RowBinary", "TSV", "TabSeparated"}
"""Formats whose blocks follow each other without a beginning or an end of the whole."""
INSERT = re.compile(rb"\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(?!VALUES\b)(\w+)[ \t]*;?(?:\r?\n|\Z)", re.DOTALL | re.I)
SELECTS = re.compile(r"[\s(]*(SELECT|WITH)\b", re.I)
SELECTED_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.I)
LAST_CHUNK = b"0\r\n\r\n"
SEARCHED_BYTES = 100_000
"""How far into a body its INSERT statement may reach."""


class Refusal(Exception):
    """What the server refuses itself, with ClickHouse's code."""

    def __init__(self, code: int, sentence: str, name: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {sentence}. ({name})")


@dataclass
class Session:
    """A connection to the engine that outlives its requests, for one at a time."""

    connection: Any
    lock: threading.Lock = field(default_factory=threading.Lock)


class Engine:
    """chDB on a directory; it stays open as long as this lives."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._first = chdb.connect(self._path)
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    @contextmanager
    def connection(self, user: str, session_id: str | None) -> Iterator[Any]:
        """A connection of the request's own, or that of its session, which another request must not use."""
        if session_id is None:
            with closing(chdb.connect(self._path)) as own:
                yield own
            return
        with self._lock:
            if (user, session_id) not in self._sessions:
                self._sessions[user, session_id] = Session(chdb.connect(self._path))
            session = self._sessions[user, session_id]
        if not session.lock.acquire(blocking=False):
            raise Refusal(373, f"Session {session_id} is locked by a concurrent client", "SESSION_IS_LOCKED")
        try:
            yield session.connection
        finally:
            session.lock.release()

    def close(self) -> None:
        for session in self._sessions.values():
            session.connection.close()
        self._first.close()


@dataclass
class Request:
    """One question, whichever way it came."""

    user: str
    readonly: int
    parameters: Mapping[str, str]
    statement: bytes
    data: bytes

    @property
    def settings(self) -> dict[str, str]:
        """Those of the URL; `readonly` last, since it forbids the others."""
        own = {name for name in self.parameters if name not in RESERVED and not name.startswith("param_")}
        return {name: self.parameters[name] for name in sorted(own, key=lambda name: (name == "readonly", name))}

    @property
    def bound(self) -> dict[str, str]:
        """Values of the placeholders `{name:Type}`."""
        return {name[6:]: value for name, value in self.parameters.items() if name.startswith("param_")}


class Handler(BaseHTTPRequestHandler):
    """Answers one client's requests, one after the other."""

    protocol_version = "HTTP/1.1"
    server: Server
    _tag: str | None = None
    """Marks an exception in the middle of an answer; None until one has begun that could have it."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path in ("/ping", "/") and not urlsplit(self.path).query:
            self._answer(200, b"Ok.\n")
        else:
            self._ask(readonly=2)

    def do_POST(self) -> None:
        self._ask(readonly=0)

    def log_message(self, *parts: Any) -> None:
        """Says nothing: tests read what the product prints."""

    def _ask(self, readonly: int) -> None:
        self._tag = None
        try:
            self._execute(self._request(readonly))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:
            self._fail(error)

    def _request(self, readonly: int) -> Request:
        body = _decoded(self._body(), self.headers.get("Content-Encoding"))
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            parameters, body = {**parameters, **_form(kind, body)}, b""
        user = self._user(parameters)
        statement, data = _split(parameters.get("query", "").encode(), body)
        return Request(user, readonly or self.server.users[user].get("readonly", 0), parameters, statement, data)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _user(self, parameters: Mapping[str, str]) -> str:
        """Who asks. Raises Refusal where the password is not theirs."""
        name, password = parameters.get("user", "default"), parameters.get("password", "")
        if self.headers.get("X-ClickHouse-User"):
            name, password = self.headers["X-ClickHouse-User"], self.headers.get("X-ClickHouse-Key", "")
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        if self.server.users.get(name, {}).get("password") != password:
            sentence = f"{name}: Authentication failed: password is incorrect, or there is no user with such name"
            raise Refusal(AUTHENTICATION_FAILED, sentence, "AUTHENTICATION_FAILED")
        return name

    def _execute(self, request: Request) -> None:
        """Its session is free before the answer ends: whoever has all of it may ask there again."""
        session_id = request.parameters.get("session_id")
        with self.server.engine.connection(request.user, session_id) as connection:
            _prepare(connection, request)
            insert = INSERT.match(request.statement)
            if insert and (request.data or "query" in request.parameters):
                with connection.send_insert(insert[1].decode(), insert[2].decode()) as inserting:
                    inserting.append(request.data)
                    done = inserting.finish()
                written = {"written_rows": done.rows_written, "written_bytes": done.bytes_written}
                end_answer = partial(self._answer, 200, b"", **written)
            else:
                end_answer = self._read(connection, request, (request.statement + request.data).decode())
        end_answer()

    def _read(self, connection: Any, request: Request, statement: str) -> Callable[[], object]:
        """Sends all but the end of the answer, which the function returned sends."""
        named = SELECTED_FORMAT.search(statement)
        default = request.parameters.get("default_format") or self.headers.get("X-ClickHouse-Format") or "TabSeparated"
        format_name = named[1] if named else default
        coding = self._coding(request.parameters)
        waits = coding or request.parameters.get("wait_end_of_query") == "1"
        if waits or format_name not in STREAMED or not SELECTS.match(statement):
            answer = connection.query(statement, format_name, params=request.bound)
            body = _encoded(answer.bytes() or b"", coding)
            read = {"read_rows": answer.rows_read(), "read_bytes": answer.bytes_read()}
            return partial(self._answer, 200, body, format_name, coding, **read)
        stream = connection.send_query(statement, format_name, params=request.bound)
        try:
            self._stream(stream, format_name)
        finally:
            stream.close()
        return partial(self.wfile.write, LAST_CHUNK)

    def _coding(self, parameters: Mapping[str, str]) -> str | None:
        if parameters.get("enable_http_compression") != "1":
            return None
        accepted = {one.strip() for one in self.headers.get("Accept-Encoding", "").split(",")}
        return next((coding for coding in ("zstd", "lz4", "gzip") if coding in accepted), None)

    def _stream(self, stream: Any, format_name: str) -> None:
        blocks = (chunk.bytes() for chunk in stream)
        first = next(blocks, b"")  # what fails at once has a status of its own
        self._tag = uuid.uuid4().hex[:16]
        self._begin(200, format_name, None, {"Transfer-Encoding": "chunked"})
        for block in itertools.chain([first], blocks):
            self._chunk(block)

    def _chunk(self, block: bytes) -> None:
        if block:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))

    def _fail(self, error: Exception) -> None:
        text = str(error)
        text = text[text.find("Code: ") :] if "Code: " in text else f"Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text}"
        body = f"{text.strip()} (version {chdb.engine_version})\n".encode()
        if self._tag is not None:
            tag = self._tag.encode()
            self._chunk(b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (tag, body, len(body), tag))
            self.wfile.write(LAST_CHUNK)
            self.close_connection = True
            return
        found = re.match(r"Code: (\d+)", text)
        code = int(found[1]) if found else UNKNOWN_EXCEPTION
        self._answer(STATUS.get(code, 500), body, more={"X-ClickHouse-Exception-Code": str(code)})

    def _answer(
        self,
        status: int,
        body: bytes,
        format_name: str | None = None,
        coding: str | None = None,
        more: Mapping[str, str] = {},
        **summary: int,
    ) -> None:
        headers = {"X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()})}
        self._begin(status, format_name, coding, {"Content-Length": str(len(body)), **headers, **more})
        self.wfile.write(body)

    def _begin(self, status: int, format_name: str | None, coding: str | None, more: Mapping[str, str]) -> None:
        query_id = dict(parse_qsl(urlsplit(self.path).query)).get("query_id") or str(uuid.uuid4())
        self.send_response(status)
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-ClickHouse-Server-Display-Name": "tests",
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Format": format_name,
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Exception-Tag": self._tag,
            "Content-Encoding": coding,
            **more,
        }
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    """Serves `engine` to `users`, each client in a thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, engine: Engine, users: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.engine, self.users = engine, users


def _prepare(connection: Any, request: Request) -> None:
    """Takes over database, rights and settings of the request."""
    if database := request.parameters.get("database"):
        connection.query(f"USE `{database.replace('`', '``')}`", "Null")
    if request.readonly:
        connection.query(f"SET readonly = {int(request.readonly)}", "Null")
    for name, value in request.settings.items():
        if not re.fullmatch(r"\w+", name):
            raise Refusal(115, f"Unknown setting '{name}'", "UNKNOWN_SETTING")
        connection.query(f"SET {name} = {_quoted(value)}", "Null")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _split(query: bytes, body: bytes) -> tuple[bytes, bytes]:
    """The statement, and the data of an INSERT, which follow it in the body where the URL has no statement."""
    if query:
        return query, body
    insert = INSERT.match(body[:SEARCHED_BYTES])
    return (body[: insert.end()], body[insert.end() :]) if insert else (body, b"")


def _form(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a form."""
    message = email.parser.BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields = message.get_payload()
    assert isinstance(fields, list)
    return {
        str(one.get_param("name", header="content-disposition")): bytes(one.get_payload(decode=True)).decode()
        for one in fields
    }


def _decoded(body: bytes, coding: str | None) -> bytes:
    if coding in (None, "", "identity"):
        return body
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "deflate":
        return zlib.decompress(body)
    return bytes(_library(coding).decompress(body))


def _encoded(body: bytes, coding: str | None) -> bytes:
    if coding is None:
        return body
    return gzip.compress(body, 1) if coding == "gzip" else bytes(_library(coding).compress(body))


def _library(coding: str | None) -> Any:
    if coding == "lz4":
        import lz4.frame

        return lz4.frame
    if coding == "zstd":
        from backports import zstd

        return zstd
    raise Refusal(UNKNOWN_EXCEPTION, f"Unknown compression method {coding}", "UNKNOWN_COMPRESSION_METHOD")


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--users", type=Path, required=True)
    given = parser.parse_args()
    engine = Engine(given.path)
    with Server(given.port, engine, json.loads(given.users.read_text())) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.1)
    engine.close()


if __name__ == "__main__":
    main()
