"""docker-compose.yaml as a compose implementation understands it, for any profiles and environment."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
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


COMPOSE = """
import yaml
yaml.SafeLoader, yaml.SafeDumper = yaml.CSafeLoader, yaml.CSafeDumper
import podman_compose
filled_in = podman_compose.var_interpolate
podman_compose.var_interpolate = lambda text, variables: filled_in(text, variables) if "$" in text else text
podman_compose.main()
"""
"""The tool takes seconds of CPU for what needs none: YAML in Python, and a parser made for each text without a `$`."""


def render(*profiles: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Renders the file with nothing but `environment` set."""
    return _rendered(profiles, frozenset(environment.items()))


def services(*profiles: str, **environment: str) -> dict[str, dict[str, Any]]:
    """The rendered services, with made-up secrets where `environment` gives none."""
    rendered = render(*profiles, **{**SECRETS, **environment})
    assert rendered.returncode == 0, rendered.stderr
    found: dict[str, dict[str, Any]] = yaml.load(rendered.stdout, yaml.CSafeLoader)["services"]
    return found


@cache
def _rendered(profiles: tuple[str, ...], environment: frozenset[tuple[str, str]]) -> subprocess.CompletedProcess[str]:
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    command = [sys.executable, "-c", COMPOSE, "--env-file", os.devnull, "-f", str(FILE), *chosen, "config"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        _engine_that_only_prints_its_version(folder)
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        variables = {"PATH": path, "HOME": name, **dict(environment)}
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def _engine_that_only_prints_its_version(folder: Path) -> None:
    """The tool looks for an engine before it renders, and never uses it for that."""
    engine = folder / "podman"
    engine.write_text("#!/bin/sh\necho podman version 5.0.0\n")
    engine.chmod(0o755)
