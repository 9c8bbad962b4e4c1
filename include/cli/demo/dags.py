"""Runs both DAGs over the day in a separate process, and shows its steps as they happen."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from include.cli.airflow_process import environment
from include.cli.console import say
from include.cli.demo.day import DemoDay
from include.domain.clock import iso
from include.settings import ROOT


@dataclass(frozen=True)
class DagRuns:
    """How the process ended (`oi_airflow.run_dags` says what its codes mean) and the report of each DAG run."""

    exit_code: int
    reports: list[dict[str, Any]]


def run_dags(day: DemoDay) -> DagRuns:
    """Runs the hourly and the daily DAG and waits for them."""
    command = [sys.executable, "-m", "oi_airflow.run_dags", "--from", iso(day.start), "--to", iso(day.end), "--json"]
    if day.max_credits is not None:
        command += ["--max-credits", str(day.max_credits)]
    reports: list[dict[str, Any]] = []
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, env=environment(**day.environment), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("["):
                reports = [outcome["report"] for outcome in json.loads(line)]
            else:
                say(f"  {line.rstrip()}")
    return DagRuns(process.returncode, reports)
