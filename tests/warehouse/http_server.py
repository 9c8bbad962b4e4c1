"""ClickHouse servers of the tests' own, each a process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.settings import ROOT

PASSWORD = "open sesame"
READER, READER_PASSWORD = "reader", "look only"
User = dict[str, str | int]
Users = dict[str, User]


def reading(password: str) -> User:
    """A user who may only read."""
    return {"password": password, "readonly": 1}


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(directory: Path, port: int, users: Users | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A server on `directory` until the block ends or somebody kills it.

    Unless other `users` are given, default may do all, READER may read.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "users.json"
    file.write_text(json.dumps(users or {"default": {"password": PASSWORD}, READER: reading(READER_PASSWORD)}))
    command = [sys.executable, "-m", "tests.warehouse.clickhouse_http", "--path", str(directory / "data")]
    process = subprocess.Popen([*command, "--port", str(port), "--users", str(file)], cwd=ROOT)
    try:
        _await_answer(f"http://127.0.0.1:{port}/ping")
        yield process
    finally:
        process.kill()
        process.wait()


def _await_answer(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(url)
