from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk._shared.secrets_masker import SecretsMasker

from include.pipeline.steps.settle.sync_marts import address_of
from include.settings import ROOT, load_settings
from include.warehouse import open_warehouse
from oi_airflow.clickhouse import (
    READER_CONNECTION_ID,
    address,
    connection_of,
    offer_reader,
    open_client,
    reader_connection_of,
)
from tests.compose.rendering import services
from tests.warehouse.batches import Row, publish
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, serving

SERVER = {
    "CLICKHOUSE_HOST": "ch.example.com",
    "CLICKHOUSE_PORT": "8443",
    "CLICKHOUSE_USER": "loader",
    "CLICKHOUSE_PASSWORD": "hush",
    "CLICKHOUSE_SECURE": "true",
}
READER_VARIABLE = "AIRFLOW_CONN_CLICKHOUSE_READER"


def test_the_official_hook_opens_the_embedded_warehouse_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It warns of nothing."""
    monkeypatch.setattr(SecretsMasker, "_has_warned_short_secret", False)
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
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_airflows_connection_wins_over_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {"interface": "chdb", "path": str(tmp_path / "elsewhere")}
    connection = {"conn_type": "clickhouse", "extra": {"client_kwargs": elsewhere}}
    monkeypatch.setenv("AIRFLOW_CONN_CLICKHOUSE_DEFAULT", json.dumps(connection))

    open_client(load_settings({"OI_HOME": str(tmp_path)})).close()

    assert (tmp_path / "elsewhere").is_dir()
    assert not (tmp_path / "warehouse").exists()


def test_the_address_is_that_of_the_warehouse_which_tasks_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the same before and after a task has opened the settings' own."""
    name = "AIRFLOW_CONN_CLICKHOUSE_DEFAULT"
    monkeypatch.setenv(name, "undone at the end of the test")
    monkeypatch.delenv(name)
    settings = load_settings({"OI_HOME": str(tmp_path), **SERVER})

    assert address(settings) == address_of(settings)
    monkeypatch.setenv(name, json.dumps(connection_of(settings)))
    assert address(settings) == address_of(settings)
    monkeypatch.setenv(name, json.dumps({"conn_type": "clickhouse", "host": "elsewhere", "port": 8123}))
    assert address(settings) == ("elsewhere", 8123, None, None)


def test_a_server_in_the_settings_becomes_a_connection_to_it(tmp_path: Path) -> None:
    connection = connection_of(load_settings({"OI_HOME": str(tmp_path), **SERVER}))

    assert connection == {
        "conn_type": "clickhouse",
        "host": "ch.example.com",
        "port": 8443,
        "login": "loader",
        "password": "hush",
        "extra": {"secure": True},
    }


def test_the_reader_is_offered_as_a_connection_beside_the_loaders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "undone at the end of the test")
    monkeypatch.delenv(READER_VARIABLE)

    offer_reader(load_settings({"OI_HOME": str(tmp_path), **SERVER, "CLICKHOUSE_READER_PASSWORD": "look only"}))

    assert json.loads(os.environ[READER_VARIABLE]) == {
        "conn_type": "clickhouse",
        "host": "ch.example.com",
        "port": 8443,
        "login": "reader",
        "password": "look only",
        "extra": {"secure": True},
    }


@pytest.mark.parametrize("settings", [{}, SERVER, {"CLICKHOUSE_READER_PASSWORD": "look only"}])
def test_no_reader_is_offered_that_could_not_log_in(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(READER_VARIABLE, raising=False)

    offer_reader(load_settings({"OI_HOME": str(tmp_path), **settings}))

    assert READER_VARIABLE not in os.environ


def test_a_reader_that_airflow_has_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READER_VARIABLE, "mine")

    offer_reader(load_settings({"OI_HOME": str(tmp_path), **SERVER, "CLICKHOUSE_READER_PASSWORD": "look only"}))

    assert os.environ[READER_VARIABLE] == "mine"


def of_the_page(folder: Path) -> dict[str, Any]:
    match = re.search(rf"{READER_VARIABLE}='(.*?)'", (ROOT / "docs" / "operating.md").read_text(), re.DOTALL)
    assert match
    return dict(json.loads(match[1]))


def of_compose(folder: Path) -> dict[str, Any]:
    return dict(json.loads(services()["airflow-scheduler"]["environment"][READER_VARIABLE]))


def of_the_settings(folder: Path) -> dict[str, Any]:
    return reader_connection_of(load_settings({"OI_HOME": str(folder), **SERVER}))


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a server with one published row listens."""
    number = free_port()
    server = {"CLICKHOUSE_HOST": "127.0.0.1", "CLICKHOUSE_PORT": str(number), "CLICKHOUSE_PASSWORD": PASSWORD}
    settings = load_settings({"OI_HOME": str(tmp_path_factory.mktemp("home")), **server})
    with serving(tmp_path_factory.mktemp("server"), number):
        with open_warehouse(settings) as warehouse:
            publish(warehouse, "b", [Row()])
        yield number


@pytest.mark.parametrize("described", [of_the_page, of_compose, of_the_settings])
def test_the_readers_connection_reads_marts_and_cannot_write(
    described: Callable[[Path], dict[str, Any]], port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook

    connection = described(tmp_path)
    assert connection["login"] == READER
    here = {"host": "127.0.0.1", "port": port, "password": READER_PASSWORD, "extra": {"secure": False}}
    assert connection.keys() >= here.keys()
    monkeypatch.setenv(READER_VARIABLE, json.dumps(connection | here))
    hook = ClickHouseHook(clickhouse_conn_id=READER_CONNECTION_ID)

    assert hook.get_records("SELECT symbol, open_interest FROM bi.open_interest") == [("BTC", 1.0)]
    with pytest.raises(Exception, match="READONLY"):
        hook.run("INSERT INTO market.quarantine_rows (raw) VALUES ('x')")
