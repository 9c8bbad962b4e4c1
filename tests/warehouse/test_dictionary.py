from __future__ import annotations

import pytest

from include.cli.views.dictionary import dictionary_page
from include.settings import ROOT
from include.warehouse import Described, Warehouse
from include.warehouse.checks import shipped
from include.warehouse.views import marts
from tests.warehouse.batches import Row, publish

MARTS = set(marts())


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def described(warehouse: Warehouse) -> dict[str, Described]:
    return {one.name: one for one in warehouse.dictionary()}


def test_every_table_and_column_says_what_it_holds(warehouse: Warehouse) -> None:
    for table in warehouse.dictionary():
        assert table.comment, table.name
        assert bool(table.columns) != table.name.endswith("_as_of"), table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"


@pytest.mark.parametrize(("suffix", "unit"), [("_usd", "US dollars"), ("_seconds", "econds"), ("_credits", "redits")])
def test_a_figure_names_its_unit(warehouse: Warehouse, suffix: str, unit: str) -> None:
    figures = [column for table in warehouse.dictionary() for column in table.columns if column.name.endswith(suffix)]
    assert figures
    assert [column for column in figures if unit not in column.comment] == []


def test_arrow_has_a_timestamp_for_each_time_of_a_mart(warehouse: Warehouse) -> None:
    """Not the number of seconds that a DateTime becomes there."""
    publish(warehouse, "b", [Row(open_interest_usd=3.0)])
    for mart in sorted(MARTS):
        source = f"bi.{mart}(moment = '2030-01-01 00:00:00')" if mart.endswith("_as_of") else f"bi.{mart}"
        kinds = {name: kind for name, kind, *_ in warehouse.query_rows(f"DESCRIBE (SELECT * FROM {source})")[1]}
        table = warehouse._session.client.query_arrow(f"SELECT * FROM {source}")
        times = {name: str(table.schema.field(name).type) for name, kind in kinds.items() if "DateTime" in kind}
        assert {name for name, kind in times.items() if not kind.startswith("timestamp[")} == set(), mart
        assert "timestamp" not in kinds or "timestamp" in times, mart


def test_the_marts_are_in_bi_and_each_has_a_check(warehouse: Warehouse) -> None:
    assert {name.split(".")[1] for name in described(warehouse) if name.startswith("bi.")} == MARTS
    assert set(shipped()) == MARTS


def test_a_mart_as_of_a_moment_has_the_columns_of_the_mart_now(warehouse: Warehouse) -> None:
    """The page in docs refers to them, as the engine keeps no columns of a view with a parameter."""
    for name in (one for one in sorted(MARTS) if one.endswith("_as_of")):
        sources = f"bi.{name}(moment = '2030-01-01 00:00:00')", f"bi.{name.removesuffix('_as_of')}"
        as_of, now = (warehouse.query_rows(f"DESCRIBE (SELECT * FROM {source})")[1] for source in sources)
        assert [column[:2] for column in as_of] == [column[:2] for column in now], name
        assert f"`bi.{name.removesuffix('_as_of')}`" in dictionary_page([described(warehouse)[f"bi.{name}"]])


def test_a_batch_being_published_is_not_described(warehouse: Warehouse) -> None:
    before = described(warehouse)
    warehouse._session.run("open_interest/publish/01_create_stage.sql", stage="stage_one")
    try:
        publish(warehouse, "b", [Row()])
        assert described(warehouse) == before
    finally:
        warehouse._session.run("open_interest/publish/05_drop_stage.sql", stage="stage_one")


def test_the_page_in_docs_describes_a_fresh_warehouse(warehouse: Warehouse) -> None:
    page = dictionary_page(warehouse.dictionary())
    assert (ROOT / "docs" / "data-dictionary.md").read_text() == page + "\n", "run `make docs`"
