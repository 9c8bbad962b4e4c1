from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.warehouse import Warehouse, views
from tests.warehouse.golden import CLUSTER, FOLDER, cluster_session, rendered, text_of

RENDERED = rendered()


def name(file: Path) -> str:
    return str(file.relative_to(FOLDER))


def test_each_script_that_a_cluster_changes_has_a_golden_file():
    assert {name(file) for file in FOLDER.rglob("*.sql")} == {name(file) for file in RENDERED}, (
        "python -m tests.warehouse.golden writes what is missing"
    )


@pytest.mark.parametrize("file", RENDERED, ids=name)
def test_a_cluster_is_sent_what_the_golden_file_says(file: Path):
    assert text_of(RENDERED[file]) == file.read_text()


def test_clickhouse_can_parse_every_statement_for_a_cluster(warehouse: Warehouse):
    session = cluster_session()
    of_views = [statement for file in views.in_order() for statement in session.definitions(file)]
    for statement in [*(one for statements in RENDERED.values() for one in statements), *of_views]:
        ((parsed,),) = warehouse._session.client.query(
            "SELECT formatQuery({statement:String})", parameters={"statement": statement}
        ).result_rows
        assert f"ON CLUSTER {CLUSTER}" in parsed, statement


def test_a_view_on_a_cluster_differs_by_its_first_line_alone():
    session = cluster_session()
    for file in views.in_order():
        (statement,) = session.definitions(file)
        assert re.match(rf"CREATE OR REPLACE VIEW \w+\.\w+ ON CLUSTER {CLUSTER}\n", statement), file
