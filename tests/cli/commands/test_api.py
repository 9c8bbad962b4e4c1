"""`./oi api` as a person or a script starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.oi import ROOT, Oi
from tests.patience import PATIENCE_SECONDS

PASTE = re.compile(r"export KWERY_BASE_URL=(http://127\.0\.0\.1:\d+) KWERY_API_KEY=(kwery_test_\w+)")


@contextmanager
def _api(*arguments: str) -> Iterator[tuple[str, str]]:
    """The address and the key that it prints, while it runs."""
    command = [ROOT / "oi", "api", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        try:
            assert process.stdout is not None
            printed = process.stdout.readline() + process.stdout.readline()
            found = PASTE.search(printed)
            assert found, printed
            yield found[1], found[2]
        finally:
            process.send_signal(signal.SIGINT)


def _get(address: str, path: str, key: str) -> dict[str, object]:
    request = urllib.request.Request(address + path, headers={"X-API-Key": key})  # noqa: S310 - loopback
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own server
                return dict(json.load(answer))
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"{address} never answered")


def test_the_printed_address_and_key_work_as_pasted() -> None:
    with _api("--plan", "pro", "--now", "2026-03-08") as (address, key):
        limits = _get(address, "/v1/limits", key)

    assert limits["plan"] == "pro"


def test_a_port_in_use_is_reported_with_the_way_out(oi: Oi) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = oi("api", "--port", str(taken.getsockname()[1]))

    assert answer.code == 2
    assert "--port 0" in answer.err
    assert "Traceback" not in answer.err


def test_faults_are_listed_with_what_they_do(oi: Oi) -> None:
    answer = oi("api", "--list-faults")

    assert answer.code == 0
    assert re.search(r"cut_body +Closes the connection", answer.out)
