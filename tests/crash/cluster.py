"""Airflow on several machines: api-server, scheduler and DAG processor on one, Celery workers on others.

Each machine is a process here. Workers have their own OI_HOME and Airflow home. They share what machines can share:
Airflow's api-server, the broker, and what `World` names: ledger, landing zone, ClickHouse, vendor.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from include.settings import ROOT, Settings
from oi_airflow.environment import airflow_environment
from tests.cli.oi import SILENCED
from tests.patience import PATIENCE_SECONDS
from tests.warehouse.http_server import free_port

ENDED = ("success", "failed")
SOLITARY = ("--without-mingle", "--without-gossip")
"""A database as broker carries tasks, but no messages among workers."""


@dataclass
class Cluster:
    """`world` are the project's variables for all machines, `database_url` is Airflow's, `broker_url` Celery's."""

    folder: Path
    world: Mapping[str, str]
    database_url: str
    broker_url: str
    port: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Cluster:
        subprocess.run(
            [sys.executable, "-m", "oi_airflow.first_run"], env=self.environment("center"), check=True, cwd=self.folder
        )
        for name in ("api-server", "scheduler", "dag-processor"):
            self._start(name, "center", name)
        return self

    def __exit__(self, *ended: object) -> None:
        for name in self.processes:
            self.kill(name)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_worker(self, machine: str) -> None:
        """A worker that takes one task at a time."""
        self._start(machine, machine, "celery", "worker", "--concurrency", "1", "--celery-hostname", machine, *SOLITARY)

    def kill(self, name: str) -> None:
        """Kills a process with all its children, as when a machine loses power."""
        process = self.processes[name]
        if process.poll() is None:
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                one.kill()
        process.wait()

    def trigger(self, dag_id: str, conf: Mapping[str, object]) -> str:
        """Unpauses a DAG once it is known, and starts a run; returns its id."""
        path = f"/dags/{dag_id}"
        self._await(lambda: self._request("PATCH", path, {"is_paused": False}), f"{dag_id} is not known")
        answer = self._request("POST", f"{path}/dagRuns", {"logical_date": None, "conf": conf})
        assert answer is not None
        return str(answer["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        answer = self._request("GET", f"/dags/{dag_id}/dagRuns/{run_id}")
        return str(answer["state"]) if answer else "unknown"

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Each task instance with its state and the host of its worker."""
        answer = self._request("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return list(answer["task_instances"]) if answer else []

    def finish(self, dag_id: str, run_id: str) -> str:
        """The state in which a run ends."""
        self._await(lambda: self.state(dag_id, run_id) in ENDED, "the run does not end")
        return self.state(dag_id, run_id)

    def environment(self, machine: str) -> dict[str, str]:
        home = self.folder / machine
        for folder in ("tmp", "airflow"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        paths = [str(ROOT), str(ROOT / "plugins"), *filter(None, [inherited.get("PYTHONPATH")])]
        return {
            **inherited,
            **SILENCED,
            **airflow_environment(Settings(home=home)),
            **self.world,
            "OI_HOME": str(home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(paths),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": self.secret,
            "AIRFLOW__API_AUTH__JWT_SECRET": self.secret,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database_url,
            "AIRFLOW__CELERY__BROKER_URL": f"sqla+{self.broker_url}",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{self.broker_url}",
            "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        }

    def output(self, name: str) -> str:
        """The end of a process's output."""
        return self._log(name).read_text(errors="replace")[-3000:]

    def _start(self, name: str, machine: str, *command: str) -> None:
        with self._log(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *command],
                env=self.environment(machine),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _request(self, method: str, path: str, body: object = None) -> dict[str, Any] | None:
        """The api-server's answer; None while it is not ready or does not know the object."""
        try:
            token = httpx.get(f"{self.url}/auth/token", trust_env=False).json()["access_token"]
            answer = httpx.request(
                method,
                f"{self.url}/api/v2{path}",
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                content=None if body is None else json.dumps(body),
                timeout=PATIENCE_SECONDS,
                trust_env=False,
            )
        except (httpx.TransportError, ValueError, KeyError):
            return None
        return dict(answer.json()) if answer.is_success else None

    def _await(self, holds: Any, otherwise: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            logs = "\n".join(f"--- {name}\n{self.output(name)}" for name in self.processes)
            assert time.monotonic() < until, f"{otherwise}\n{logs}"
            time.sleep(0.5)
