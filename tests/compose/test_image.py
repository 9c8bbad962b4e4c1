"""The Dockerfile installs what the tests run, and what Airflow needs beside it."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement

from include.settings import ROOT
from tests.compose.rendering import services

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PYTHON = {"python_version": "3.11", "python_full_version": "3.11.0"}
IMAGE = ROOT / "docker" / "requirements.txt"


def pins(file: Path) -> dict[str, str]:
    """Each package of a lock file and its version, for the image's Python."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    found = [
        one for one in map(Requirement, lines) if not one.marker or one.marker.evaluate({"python_version": "3.11"})
    ]
    return {one.name: str(one.specifier).removeprefix("==") for one in found}


def asked(file: Path) -> set[str]:
    """The packages that a requirements.in names, those for tests left out."""
    lines = file.read_text().partition("# tests")[0].splitlines()
    return {Requirement(line.split("#")[0]).name for line in lines if line and not line.startswith("#")}


def test_whatever_it_copies_is_let_into_the_build() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE)) == let_in


def test_it_installs_its_own_lock_file_whole() -> None:
    assert "COPY docker/requirements.txt /tmp/requirements.txt" in DOCKERFILE
    assert re.findall(r"pip install (.*)", DOCKERFILE) == ["--no-cache-dir --requirement /tmp/requirements.txt"]


def test_its_airflow_is_the_one_that_is_tested() -> None:
    match = re.search(r"^FROM apache/airflow:([\d.]+)-python3\.11$", DOCKERFILE, re.MULTILINE)
    assert match
    assert match[1] == pins(ROOT / "requirements.txt")["apache-airflow"] == pins(IMAGE)["apache-airflow"]


def test_what_the_project_names_has_the_tested_version_there() -> None:
    tested, installed = pins(ROOT / "requirements.txt"), pins(IMAGE)
    named = asked(ROOT / "requirements.in")
    assert len(named) > 20
    assert {name: installed[name] for name in named} == {name: tested[name] for name in named}


def test_the_providers_that_compose_names_are_pinned() -> None:
    named = re.findall(r"airflow\.providers\.(\w+)\.", str(services("celery")))
    assert set(named) == {"fab", "celery"}
    assert {f"apache-airflow-providers-{name}" for name in (*named, "postgres")} <= pins(IMAGE).keys()
    assert asked(ROOT / "docker" / "requirements.in") <= pins(IMAGE).keys()
