"""The snippets of docs/clients.md for clients of other environments, which `make test-clients` installs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.settings import ROOT
from tests.clients.snippets import HOURS, ROWS, served, snippet

pytestmark = pytest.mark.clients
PLACE = ROOT / ".venv" / "clients"
LAST_USD = 2.0 * (HOURS - 1)
DBT_FILES = {
    "profiles.yml": ("yaml", 0),
    "dbt_project.yml": ("yaml", 1),
    "models/sources.yml": ("yaml", 2),
    "models/weekly_close.sql": ("sql", 1),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with served(tmp_path_factory.mktemp("clients")) as variables:
        yield variables


def output_of(command: list[str], server: dict[str, str], folder: Path) -> str:
    """What the command prints; its errors where it fails."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NODE_PATH": str(PLACE / "node_modules"), **server}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(code: str, server: dict[str, str], folder: Path) -> list[object]:
    """The JSON that the code prints, run where the clients are installed."""
    found: list[object] = json.loads(output_of([str(PLACE / "bin" / "python"), "-c", code], server, folder))
    return found


def test_polars_gets_timestamps(server: dict[str, str], tmp_path: Path) -> None:
    shown = "import json\nprint(json.dumps([str(frame.schema['timestamp']), frame.height]))"
    code = "\n".join([snippet("clickhouse-connect"), snippet("polars"), shown])
    assert python(code, server, tmp_path) == ["Datetime(time_unit='ms', time_zone='UTC')", len(ROWS)]


def test_ibis_reads_a_mart(server: dict[str, str], tmp_path: Path) -> None:
    shown = "import json\nprint(json.dumps(closes[['source', 'close_usd']].values.tolist()))"
    code = "\n".join(["import os", snippet("ibis"), shown])
    assert sorted(python(code, server, tmp_path), key=str) == [["hyperliquid", LAST_USD], ["kalshi", LAST_USD]]


def test_javascript_reads_a_mart(server: dict[str, str], tmp_path: Path) -> None:
    answer = json.loads(output_of(["node", "-e", snippet("JavaScript", "js")], server, tmp_path))
    by_source = {row["source"]: row["open_interest_usd"] for row in answer}
    assert (by_source["kalshi"], by_source["hyperliquid"]) == (LAST_USD, LAST_USD)


def test_dbt_builds_a_table_of_its_own_from_a_mart(server: dict[str, str], tmp_path: Path) -> None:
    for name, place in DBT_FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(snippet("dbt", *place))
    dbt = [str(PLACE / "bin" / "dbt"), "build", "--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    assert "PASS=1" in output_of([*dbt, "--no-use-colors"], server, tmp_path)
    code = snippet("clickhouse-connect").replace("CLICKHOUSE_READER_USER", "DBT_USER")
    code = code.replace("CLICKHOUSE_READER_PASSWORD", "DBT_PASSWORD")
    query = "client.query('SELECT source, close FROM analytics.weekly_close ORDER BY source').result_rows"
    found = python(f"{code}\nimport json\nprint(json.dumps({query}))", server, tmp_path)
    assert found == [["hyperliquid", HOURS - 1.0], ["kalshi", HOURS - 1.0]]
