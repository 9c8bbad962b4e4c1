"""Who Superset is to ClickHouse: never who loads."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from include.cli.commands.bi import warehouse_of
from include.settings import load_settings
from tests.compose.rendering import SECRETS, services


def test_in_compose_superset_is_the_reader(tmp_path: Path) -> None:
    superset = services(tmp_path, "bi")["superset"]
    url = urlsplit(superset["environment"]["BI_WAREHOUSE_URL"])
    assert (url.username, url.password) == ("reader", SECRETS["CLICKHOUSE_READER_PASSWORD"])
    assert SECRETS["CLICKHOUSE_PASSWORD"] not in str(superset)


def test_on_this_machine_superset_is_the_reader_of_a_server(tmp_path: Path) -> None:
    server = {"CLICKHOUSE_HOST": "db", "CLICKHOUSE_USER": "loader", "CLICKHOUSE_PASSWORD": "to load"}
    reader = {"CLICKHOUSE_READER_USER": "looker", "CLICKHOUSE_READER_PASSWORD": "to look@"}
    settings = load_settings({"OI_HOME": str(tmp_path), **server, **reader})
    assert warehouse_of(settings, tmp_path) == {"BI_WAREHOUSE_URL": "clickhousedb://looker:to%20look%40@db:8123/bi"}


def test_on_this_machine_the_embedded_engine_is_opened_as_a_reader(tmp_path: Path) -> None:
    told = warehouse_of(load_settings({"OI_HOME": str(tmp_path)}), tmp_path)
    assert told["BI_ENGINE_CONFIG"] == str(tmp_path / "config.xml")
    assert "<readonly>2</readonly>" in (tmp_path / "users.xml").read_text()
