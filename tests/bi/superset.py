"""Superset as `./oi bi` starts it, and a person who is logged in there with a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.settings import ROOT
from tests.cli.oi import Oi

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Page, Response


@contextmanager
def superset(oi: Oi) -> Iterator[str]:
    """Yields its address."""
    environment = {**os.environ, "OI_HOME": str(oi.home), **oi.environment}
    command = [str(ROOT / "oi"), "bi", "--port", "0"]
    log = oi.home / "superset.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _answering(log, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@dataclass
class Visitor:
    """Who looks at the dashboard, and asks Superset's API with the same log-in."""

    oi: Oi
    address: str
    page: Page
    queries: dict[str, str] = field(default_factory=dict)
    """The SQL that the charts were drawn with, by their titles."""

    def get(self, path: str) -> Any:
        answer = self.page.request.get(f"{self.address}/api/v1/{path}")
        assert answer.ok, answer.text()
        return answer.json()["result"]

    def send(self, method: str, path: str, body: dict[str, Any]) -> APIResponse:
        headers = {"X-CSRFToken": self._token, "Referer": self.address}
        return self.page.request.fetch(f"{self.address}/api/v1/{path}", method=method, data=body, headers=headers)

    def answers(self) -> dict[str, list[dict[str, Any]]]:
        """Collects from now on what each chart was given to draw, by its title: rows of its first query."""
        collected: dict[str, list[dict[str, Any]]] = {}
        titles = {one["id"]: one["slice_name"] for one in self.get("chart/?q=(page_size:100)")}

        def keep(response: Response) -> None:
            if "/chart/data" not in response.url or not response.ok:
                return
            drawn_by = (response.request.post_data_json or {})["form_data"].get("slice_id")
            if drawn_by:  # else a filter, which lists its choices
                answer = response.json()["result"][0]
                collected[titles[drawn_by]] = answer["data"]
                self.queries[titles[drawn_by]] = answer["query"]

        self.page.on("response", keep)
        return collected

    def datasets(self) -> dict[str, dict[str, Any]]:
        """Each with its columns and metrics, by the name of its mart."""
        found = (self.get(f"dataset/{one['id']}") for one in self.get("dataset/"))
        return {one["table_name"]: one for one in found}

    def ask(self, sql: str) -> APIResponse:
        """Asks in SQL Lab."""
        [database] = self.get("database/")
        return self.send("POST", "sqllab/execute/", {"database_id": database["id"], "sql": sql, "runAsync": False})

    @cached_property
    def _token(self) -> str:
        return str(self.get("security/csrf_token/"))


def _answering(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-2000:]
        address = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if address and _is_up(f"{address[0]}/health"):
            return address[0]
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


def _is_up(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True
