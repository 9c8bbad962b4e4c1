from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from include.readonly_sql.guard import (
    FORMATTED,
    SYSTEM_TABLES,
    TABLE_FUNCTIONS,
    Guard,
    QueryRefused,
    is_allowed,
)
from include.settings import Settings
from include.warehouse import Warehouse, open_warehouse
from include.warehouse.reading import open_reader

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SECRET = "the canary sings"
LISTS = {
    "functions": "SELECT {name}(1)",
    "functions as values": "SELECT arrayMap({name}, [1])",
    "table_functions": "SELECT * FROM {name}(1)",
    "tables": "SELECT * FROM system.{name}",
    "formats": "SELECT 1 FORMAT {name}",
    "settings": "SELECT 1 SETTINGS {name} = 1",
}
"""What to try with each name in the engine's own lists."""
SPEED = ("optimize_", "query_plan_")
"""How settings begin that change how a query runs, never what it reaches."""
VARYING = frozenset(
    (
        "currentdatabase", "currentschemas", "currentuser", "version", "blocknumber", "blocksize", "rownumberinblock",
        "rownumberinallblocks", "runningaccumulate", "runningconcurrency", "runningdifference",
        "runningdifferencestartingwithfirstvalue", "neighbor", "isconstant", "dumpcolumnstructure", "tocolumntypename",
        "lowcardinalityindices", "lowcardinalitykeys",
    )
)  # fmt: skip
"""Functions that are no functions of their arguments and may be called: who asks where, and how rows lie in blocks."""


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


def test_of_all_that_the_engine_has_only_what_computes_is_accepted(settings: Settings) -> None:
    """Walks the engine's lists, so that what a new version brings is seen here, and refused until it is allowed."""
    with open_warehouse(settings) as warehouse:
        accepted = {kind: _accepted(warehouse, kind, pattern) for kind, pattern in LISTS.items()}
        varying = warehouse.query_rows(
            "SELECT lower(name) FROM system.functions WHERE NOT is_aggregate AND deterministic = 0 AND alias_to = '' "
            "AND categories NOT IN ('Random Number', 'Dates and Times', 'Arrays', 'UUID', 'String', 'Financial')"
        )[1]
        host = warehouse.query_rows(
            "SELECT name FROM system.settings WHERE match(name, "
            "'(^|_)(files?|path|url|http|s3|hdfs|disk|storage|remote|profile|user|role|readonly|ddl|introspection|log)(_|$)')"
        )[1]
    assert accepted["functions"] >= {"sum", "todate", "arraymap"}
    assert accepted["functions as values"] >= {"arraysum", "upper"}
    assert accepted["functions"] & {name for (name,) in varying} <= VARYING
    assert accepted["functions as values"] & {name for (name,) in varying} <= VARYING
    assert accepted["table_functions"] <= TABLE_FUNCTIONS
    assert accepted["tables"] <= SYSTEM_TABLES
    assert accepted["formats"] == set()
    assert not {name for name in accepted["settings"] if not name.startswith(SPEED)} & {name for (name,) in host}


def _accepted(warehouse: Warehouse, kind: str, pattern: str) -> set[str]:
    """The names in `system.<kind>`, in lower case, that `pattern` may hold; the engine formats all at once."""
    start, end = pattern.split("{name}")
    where = "WHERE database = 'system'" if kind == "tables" else ""
    texts = warehouse.query_rows(
        f"SELECT lower(name), formatQuerySingleLineOrNull(concat('{start}', name, '{end}')) "
        f"FROM system.{kind.split()[0]} {where}"
    )[1]
    known: dict[str, Sequence[Sequence[object]]] = {}

    def run_query(sql: str, parameters: dict[str, str]) -> Sequence[Sequence[object]]:
        if sql == FORMATTED:
            return [[parameters["query"]]]
        if sql not in known:
            known[sql] = warehouse.query_rows(sql)[1]
        return known[sql]

    guard = Guard(run_query)
    return {name for name, text in texts if text is not None and _accepts(guard, text)}


def _accepts(guard: Guard, text: str) -> bool:
    try:
        guard.accept(text)
    except QueryRefused:
        return False
    return True


def test_a_text_that_cannot_be_read_is_refused() -> None:
    guard = Guard(lambda sql, parameters: [["SELECT 1 # file"]])
    with pytest.raises(QueryRefused, match="cannot be checked"):
        guard.accept("SELECT 1")


def test_a_query_longer_than_the_engine_parses_is_refused_before_it() -> None:
    """The engine would advise to raise a setting that nobody may change."""
    guard = Guard(lambda sql, parameters: pytest.fail("asked the engine"))
    with pytest.raises(QueryRefused, match="longer than 256 KiB"):
        guard.accept(f"SELECT '{'é' * 131_072}'")
