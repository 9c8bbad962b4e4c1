"""docker-compose.yaml as a compose implementation understands it, for any profiles and environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from include.settings import ROOT

FILE = ROOT / "docker-compose.yaml"
SECRETS = {
    "KWERY_API_KEY": "kwery_test_business_compose",
    "POSTGRES_PASSWORD": "made-up-postgres",
    "CLICKHOUSE_PASSWORD": "made-up-clickhouse",
    "CLICKHOUSE_READER_PASSWORD": "made-up-reader",
    "CLICKHOUSE_ADMIN_PASSWORD": "made-up-root",
    "CLICKHOUSE_CLUSTER_SECRET": "made-up-cluster",
    "AIRFLOW_ADMIN_PASSWORD": "made-up-admin",
    "AIRFLOW_FERNET_KEY": "made-up-fernet",
    "AIRFLOW_SECRET_KEY": "made-up-secret",
    "AIRFLOW_JWT_SECRET": "made-up-jwt",
    "SUPERSET_SECRET_KEY": "made-up-superset",
    "SUPERSET_ADMIN_PASSWORD": "made-up-bi-admin",
    "SUPERSET_POSTGRES_PASSWORD": "made-up-bi-postgres",
}


def render(folder: Path, *profiles: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Renders the file with nothing but `environment` set; `folder` is for what the tool writes."""
    _engine_that_only_prints_its_version(folder)
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    command = [sys.executable, "-m", "podman_compose", "--env-file", os.devnull, "-f", str(FILE), *chosen, "config"]
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=folder, env={"PATH": path, "HOME": str(folder), **environment}, capture_output=True, text=True
    )


def services(folder: Path, *profiles: str, **environment: str) -> dict[str, dict[str, Any]]:
    """The rendered services, with made-up secrets where `environment` gives none."""
    rendered = render(folder, *profiles, **{**SECRETS, **environment})
    assert rendered.returncode == 0, rendered.stderr
    found: dict[str, dict[str, Any]] = yaml.safe_load(rendered.stdout)["services"]
    return found


def _engine_that_only_prints_its_version(folder: Path) -> None:
    """The tool looks for an engine before it renders, and never uses it for that."""
    engine = folder / "podman"
    engine.write_text("#!/bin/sh\necho podman version 5.0.0\n")
    engine.chmod(0o755)
