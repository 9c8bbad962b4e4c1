from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.readonly_sql.guard import Guard, QueryRefused, is_allowed
from include.settings import Settings
from include.warehouse import open_warehouse
from include.warehouse.reading import open_reader

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SECRET = "the canary sings"


@pytest.fixture(scope="module")
def settings(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose warehouse each test opens and closes."""
    return Settings(home=fresh_home(tmp_path_factory.mktemp("oi_home") / "home"))


@pytest.mark.parametrize("attack", ["SELECT file('{canary}')", "SELECT 1 INTO OUTFILE '{canary}.new'"])
def test_without_the_guard_the_engine_would_do_it(settings: Settings, tmp_path: Path, attack: str) -> None:
    """So the guard is needed: the engine has no right for these."""
    canary = tmp_path / "canary.txt"
    canary.write_text(SECRET)
    with open_warehouse(settings) as warehouse:
        warehouse.query_rows(attack.format(canary=canary))


def test_the_engine_itself_refuses_sources(settings: Settings, tmp_path: Path) -> None:
    """The engine's own rights refuse what the guard would let through."""
    from include.warehouse.connect import open_embedded
    from include.warehouse.embedded_reader import write_console_config

    client = open_embedded(settings, write_console_config(settings, tmp_path))
    try:
        for sql in ("SELECT * FROM file('/etc/passwd', LineAsString)", "SELECT * FROM `/etc/passwd`"):
            assert "ACCESS_DENIED" in refusal(client, sql)
    finally:
        client.close()


def refusal(client: Client, sql: str) -> str:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    with pytest.raises(ClickHouseError) as refused:
        client.query(sql)
    return str(refused.value)


def test_every_function_of_a_mart_is_allowed(settings: Settings) -> None:
    """Marts are honest queries: what they compute with, people may write themselves."""
    with open_warehouse(settings) as warehouse:
        texts = warehouse.query_rows(
            "SELECT as_select FROM system.tables WHERE engine = 'View' AND database IN ('bi', 'market') "
            "AND empty(parameterized_view_parameters)"
        )[1]
    with open_reader(settings) as reader:
        for (text,) in texts:
            reader.query_rows(text)


def test_aggregate_functions_may_have_combinators() -> None:
    assert all(map(is_allowed, ("sumIf", "quantilesExactArrayIf", "argMaxOrNull", "uniqMergeState", "toDate")))
    assert not any(map(is_allowed, ("file", "fileIf", "sleep", "hostName", "getSetting", "dictGet", "if_file")))


def test_a_text_that_cannot_be_read_is_refused() -> None:
    guard = Guard(lambda sql, parameters: [["SELECT 1 # file"]])
    with pytest.raises(QueryRefused, match="cannot be checked"):
        guard.accept("SELECT 1")


def test_a_query_longer_than_the_engine_parses_is_refused_before_it() -> None:
    """The engine would advise to raise a setting that nobody may change."""
    guard = Guard(lambda sql, parameters: pytest.fail("asked the engine"))
    with pytest.raises(QueryRefused, match="longer than 256 KiB"):
        guard.accept(f"SELECT '{'é' * 131_072}'")
