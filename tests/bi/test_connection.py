"""Who Superset is to ClickHouse: never who loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from bi.prepare import assets_for
from include.cli.commands import bi
from include.cli.commands.bi import warehouse_of
from include.settings import ROOT, load_settings
from tests.compose.rendering import SECRETS, services


def test_in_compose_superset_is_the_reader() -> None:
    superset = services("bi")["superset"]
    url = urlsplit(superset["environment"]["BI_WAREHOUSE_URL"])
    assert (url.username, url.password) == ("reader", SECRETS["CLICKHOUSE_READER_PASSWORD"])
    assert SECRETS["CLICKHOUSE_PASSWORD"] not in str(superset)


def test_in_compose_superset_cannot_log_in_to_the_ledgers_server() -> None:
    """Its own database is on a server of its own, so no password of the other one is in its container."""
    rendered = services("bi")
    superset, ledger = rendered["superset"], rendered["airflow-scheduler"]["environment"]["OI_LEDGER_URL"]
    assert urlsplit(superset["environment"]["BI_METADATA_URL"]).hostname == "superset-postgres"
    assert SECRETS["POSTGRES_PASSWORD"] in ledger
    assert [name for name, secret in SECRETS.items() if secret in str(superset)] == [
        "CLICKHOUSE_READER_PASSWORD", "SUPERSET_SECRET_KEY", "SUPERSET_ADMIN_PASSWORD", "SUPERSET_POSTGRES_PASSWORD"
    ]  # fmt: skip


def test_superset_starts_without_the_secrets_of_its_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "KWERY_API_KEY": "kwery_test_canary", "MY_COPY": "is kwery_test_canary", "OI_LEDGER_URL": "sqlite:////a",
        "OI_NOTIFY_URL": "https://h/canary", "CLICKHOUSE_PASSWORD": "canary", "HTTPS_PROXY": "http://u:canary@proxy",
        "AIRFLOW_CONN_X": "canary", "AWS_SECRET_ACCESS_KEY": "canary",
    }  # fmt: skip
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    started: list[dict[str, str]] = []
    monkeypatch.setattr(bi, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bi.os, "execve", lambda program, command, environment: started.append(environment))
    monkeypatch.setenv("OI_HOME", str(tmp_path))
    (tmp_path / "bi").mkdir()
    (tmp_path / "bi" / "secret_key").touch()  # as a full disk leaves it
    bi.bi(port=0)
    [environment] = started
    assert environment["SUPERSET_SECRET_KEY"]
    assert environment["PATH"] == os.environ["PATH"]
    assert not secrets.keys() & environment.keys()
    assert not [name for name, value in environment.items() if "canary" in value]


def test_on_this_machine_superset_is_the_reader_of_a_server(tmp_path: Path) -> None:
    server = {"CLICKHOUSE_HOST": "db", "CLICKHOUSE_USER": "loader", "CLICKHOUSE_PASSWORD": "to load"}
    reader = {"CLICKHOUSE_READER_USER": "looker", "CLICKHOUSE_READER_PASSWORD": "to look@"}
    settings = load_settings({"OI_HOME": str(tmp_path), **server, **reader})
    assert warehouse_of(settings, tmp_path) == {"BI_WAREHOUSE_URL": "clickhousedb://looker:to%20look%40@db:8123/bi"}


def test_on_this_machine_the_embedded_engine_is_opened_as_a_reader(tmp_path: Path) -> None:
    variables = warehouse_of(load_settings({"OI_HOME": str(tmp_path)}), tmp_path)
    assert variables["BI_ENGINE_CONFIG"] == str(tmp_path / "config.xml")
    assert "<readonly>2</readonly>" in (tmp_path / "users.xml").read_text()


def test_beside_another_database_the_dashboard_reads_the_marts_of_that_one(tmp_path: Path) -> None:
    compose = services("bi", CLICKHOUSE_DATABASE="research", BI_DATABASE="research_bi")["superset"]
    settings = load_settings({"OI_HOME": str(tmp_path), "CLICKHOUSE_DATABASE": "research"})
    for variables in (compose["environment"], warehouse_of(settings, tmp_path)):
        assert marts_of(variables["BI_WAREHOUSE_URL"]) == {"research_bi"}


def test_beside_market_the_dashboard_reads_bi(tmp_path: Path) -> None:
    compose = services("bi")["superset"]
    for variables in (compose["environment"], warehouse_of(load_settings({"OI_HOME": str(tmp_path)}), tmp_path)):
        assert marts_of(variables["BI_WAREHOUSE_URL"]) == {"bi"}


def marts_of(warehouse_url: str) -> set[str]:
    """The databases that connection and datasets name once they are imported."""
    read = {name: yaml.load(text, yaml.CSafeLoader) for name, text in assets_for(warehouse_url).items()}
    schemas = {one["schema"] for name, one in read.items() if name.startswith("datasets/")}
    paths = {urlsplit(one["sqlalchemy_uri"]).path for name, one in read.items() if name.startswith("databases/")}
    return schemas | {path.strip("/") for path in paths}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_days_are_in_utc_whatever_the_zone_of_the_host(zone: str, tmp_path: Path) -> None:
    """A process of its own, as the configuration sets the zone of the process that loads it."""
    variables = {"SUPERSET_SECRET_KEY": "a", "BI_METADATA_URL": "sqlite://", "SUPERSET_HOME": str(tmp_path), "TZ": zone}
    config = str(ROOT / "bi" / "superset_config.py")
    program = "import runpy, sys; from datetime import datetime; runpy.run_path(sys.argv[1]);"
    program += "print(datetime.fromtimestamp(0).isoformat())"
    ran = subprocess.run([sys.executable, "-c", program, config], env=variables, capture_output=True, text=True)
    assert ran.stdout.strip() == "1970-01-01T00:00:00", ran.stderr
