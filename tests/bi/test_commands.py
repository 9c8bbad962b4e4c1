"""Superset's own command line, in the environment that `make bi` installs, with nothing of this project set up."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bi.bundle import ASSETS, write_bundle
from include.cli.commands.bi import PYTHON
from tests.bi.assets import CHARTS, DASHBOARD, DATASETS

pytestmark = [pytest.mark.bi, pytest.mark.timeout(600)]

CONFIG = """
SECRET_KEY = "of a test"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
"""


@dataclass(frozen=True)
class StockSuperset:
    """A Superset with its own defaults and a database of its own."""

    home: Path

    def __call__(self, *arguments: str) -> None:
        variables = {
            "HOME": str(self.home), "SUPERSET_HOME": str(self.home), "FLASK_APP": "superset",
            "SUPERSET_CONFIG_PATH": str(self.home / "superset_config.py"),
        }  # fmt: skip
        command = [str(PYTHON.with_name("superset")), *arguments]
        ran = subprocess.run(command, env=variables, cwd=self.home, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        with closing(sqlite3.connect(self.home / "superset.db")) as database:
            return database.execute(sql, parameters).fetchall()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> StockSuperset:
    """As its documentation installs it: migrated, with an administrator and roles."""
    superset = StockSuperset(tmp_path_factory.mktemp("superset"))
    (superset.home / "superset_config.py").write_text(CONFIG.format(home=superset.home))
    superset("db", "upgrade")
    names = ("--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "a@b.example")
    superset("fab", "create-admin", *names, "--password", "of a test")
    superset("init")
    return superset


@pytest.fixture
def superset(installed: StockSuperset, tmp_path: Path) -> StockSuperset:
    """One into which nothing is imported yet."""
    shutil.copy(installed.home / "superset.db", tmp_path)
    (tmp_path / "superset_config.py").write_text(CONFIG.format(home=tmp_path))
    return StockSuperset(tmp_path)


def test_the_command_line_starts_and_imports_dashboards(tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path), "SUPERSET_SECRET_KEY": "refused without one"}
    command = [str(PYTHON.with_name("superset")), "--help"]
    ran = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "import-dashboards" in ran.stdout


def test_the_bundle_is_imported_whole(superset: StockSuperset) -> None:
    write_bundle(superset.home / "dashboard.zip")
    superset("import-dashboards", "--path", "dashboard.zip", "--username", "admin")
    assert_whole(superset)


def test_the_folder_is_imported_whole(superset: StockSuperset) -> None:
    superset("import-directory", str(ASSETS))
    assert_whole(superset)


def test_a_later_version_of_the_folder_replaces_an_earlier_one(superset: StockSuperset) -> None:
    superset("import-directory", str(ASSETS))
    with closing(sqlite3.connect(superset.home / "superset.db")) as database, database:
        database.execute("UPDATE sql_metrics SET expression = 'of an earlier version'")
        database.execute("UPDATE slices SET params = '{}'")
        database.execute("DELETE FROM table_columns")
    superset("import-directory", "--overwrite", str(ASSETS))
    assert_whole(superset)


def assert_whole(superset: StockSuperset) -> None:
    """Everything of the folder is there, each chart on its dataset, each filter on a column, each query as written."""
    assert superset.rows("SELECT dashboard_title, slug, published FROM dashboards") == [
        (DASHBOARD["dashboard_title"], DASHBOARD["slug"], 1)
    ]
    drawn = "SELECT count(DISTINCT slice_id) FROM dashboard_slices"
    assert superset.rows(drawn) == [(len(CHARTS),)]
    tables = "SELECT table_name FROM slices JOIN tables ON datasource_id = tables.id WHERE slice_name = ?"
    for chart in CHARTS.values():
        [(table,)] = superset.rows(tables, chart["slice_name"])
        assert table == DATASETS[chart["dataset_uuid"]]["table_name"]
    for kind, table, name in (("columns", "table_columns", "column_name"), ("metrics", "sql_metrics", "metric_name")):
        found = superset.rows(f"SELECT table_name, {name}, expression FROM {table} JOIN tables ON table_id = tables.id")
        assert {(*row[:2], row[2] or None) for row in found} == {
            (dataset["table_name"], one[name], one.get("expression"))
            for dataset in DATASETS.values()
            for one in dataset[kind]
        }
    queries = superset.rows("SELECT table_name, sql FROM tables")
    assert dict(queries) == {dataset["table_name"]: dataset["sql"] for dataset in DATASETS.values()}
    [(metadata,)] = superset.rows("SELECT json_metadata FROM dashboards")
    ids = {id_ for (id_,) in superset.rows("SELECT id FROM tables")}
    filters = json.loads(metadata)["native_filter_configuration"]
    targets = [target for one in filters for target in one["targets"] if target]
    assert len(filters) == len(DASHBOARD["metadata"]["native_filter_configuration"])
    assert {target["datasetId"] for target in targets} <= ids
