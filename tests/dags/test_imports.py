"""Rules of the house that are read from the source, or from what importing it brings along."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from include.settings import ROOT

HEAVY = ("great_expectations", "chdb", "clickhouse_connect", "pandas", "pyarrow", "httpcore", "httpx")
METADATA = ("airflow.models", "airflow.settings", "airflow.utils.session", "airflow.utils.db")
MAY_TOUCH_METADATA = {"batch_labels.py", "first_run.py", "run_note.py"}  # set-up, and what the scheduler calls
SOURCES = sorted([*ROOT.glob("dags/*.py"), *ROOT.glob("plugins/**/*.py"), *ROOT.glob("include/**/*.py")])


def imports_of(file: Path) -> Iterator[str]:
    """Modules that `file` imports at run time, at any depth; what only type checkers see is left out."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_airflows_metadata_is_not_touched_by_anything_a_task_may_run() -> None:
    touching = {file.name for file in SOURCES if any(name.startswith(METADATA) for name in imports_of(file))}

    assert touching == MAY_TOUCH_METADATA


def test_nothing_imports_from_a_dag_file() -> None:
    assert [str(file) for file in SOURCES if any(name.split(".")[0] == "dags" for name in imports_of(file))] == []


def test_parsing_the_dags_imports_nothing_heavy_and_does_no_work(tmp_path: Path) -> None:
    program = (
        "import sys, airflow.sdk\n"
        "before = set(sys.modules)\n"
        "import open_interest_hourly, open_interest_daily, open_interest_backfill\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
        "print('include.pipeline' in sys.modules, 'include.ledger' in sys.modules)\n"
    )
    path = os.pathsep.join(str(ROOT / folder) for folder in ("", "plugins", "dags"))
    airflow = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW")}
    environment = {**airflow, "PYTHONPATH": path, "OI_HOME": str(tmp_path / "home")}

    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    brought, rooms = answer.stdout.splitlines()
    assert set(brought.split()).isdisjoint(HEAVY)
    assert rooms == "False False"
    assert not (tmp_path / "home").exists()
