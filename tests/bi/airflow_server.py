"""Airflow's own web server with this project's pages, an administrator and a viewer; nothing schedules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from include.settings import ROOT, Settings
from oi_airflow.environment import airflow_environment
from tests.cli.oi import SILENCED
from tests.warehouse.http_server import free_port

PASSWORDS = {"admin": "admin-of-the-test", "viewer": "viewer-of-the-test"}
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class AirflowServer:
    """Where it listens."""

    address: str

    def token(self, user: str) -> str:
        """A token of the user's login, for the API."""
        answer = httpx.post(f"{self.address}/auth/token", json={"username": user, "password": PASSWORDS[user]})
        return str(answer.raise_for_status().json()["access_token"])

    def get(self, path: str, user: str) -> Any:
        """What the API answers the user, as JSON."""
        answer = httpx.get(
            f"{self.address}/{path}", headers={"Authorization": f"Bearer {self.token(user)}"}, timeout=60
        )
        return answer.raise_for_status().json()


@contextmanager
def airflow_server(home: Path) -> Iterator[AirflowServer]:
    """Serves the pages of that home."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = airflow_environment(Settings(home=home)) | {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,viewer:viewer",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of-this-test-and-used-nowhere-else-" * 2,
    }
    for folder in ("TMPDIR", "AIRFLOW_HOME"):
        Path(variables[folder]).mkdir(parents=True, exist_ok=True)
    Path(variables["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]).write_text(json.dumps(PASSWORDS))
    environment = {**os.environ, **SILENCED, **variables}
    for command in (["-m", "oi_airflow.first_run"], ["-m", "airflow", "dags", "reserialize"]):
        subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, check=True, capture_output=True)
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        _wait(process, address, home / "server.log")
        yield AirflowServer(address)
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(f"{address}/api/v2/version").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"the web server did not answer: {log.read_text()[-3000:]}")
