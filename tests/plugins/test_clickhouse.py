from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.settings import load_settings
from oi_airflow.clickhouse import connection_of, open_client


def test_without_a_connection_the_official_hook_opens_the_embedded_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CLICKHOUSE_DEFAULT", "undone at the end of the test")
    monkeypatch.delenv("AIRFLOW_CONN_CLICKHOUSE_DEFAULT")
    settings = load_settings({"OI_HOME": str(tmp_path)})

    client = open_client(settings)
    try:
        client.command("CREATE TABLE default.seen (n Int64) ENGINE = MergeTree ORDER BY n")
        client.command("INSERT INTO default.seen VALUES (42)")
        assert client.query("SELECT n FROM default.seen").result_rows == [(42,)]
    finally:
        client.close()

    assert (tmp_path / "warehouse").is_dir()


def test_airflows_connection_wins_over_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {"interface": "chdb", "path": str(tmp_path / "elsewhere")}
    connection = {"conn_type": "clickhouse", "extra": {"client_kwargs": elsewhere}}
    monkeypatch.setenv("AIRFLOW_CONN_CLICKHOUSE_DEFAULT", json.dumps(connection))

    open_client(load_settings({"OI_HOME": str(tmp_path)})).close()

    assert (tmp_path / "elsewhere").is_dir()
    assert not (tmp_path / "warehouse").exists()


def test_a_server_in_the_settings_becomes_a_connection_to_it(tmp_path: Path) -> None:
    server = {
        "CLICKHOUSE_HOST": "ch.example.com",
        "CLICKHOUSE_PORT": "8443",
        "CLICKHOUSE_USER": "loader",
        "CLICKHOUSE_PASSWORD": "hush",
        "CLICKHOUSE_SECURE": "true",
    }

    connection = connection_of(load_settings({"OI_HOME": str(tmp_path), **server}))

    assert connection == {
        "conn_type": "clickhouse",
        "host": "ch.example.com",
        "port": 8443,
        "login": "loader",
        "password": "hush",
        "extra": {"secure": True},
    }
