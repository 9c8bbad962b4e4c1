from __future__ import annotations

from pathlib import Path

import pytest

from include.warehouse import Warehouse
from tests.warehouse.golden import FOLDER, rendered, text_of

RENDERED = rendered()


def name(file: Path) -> str:
    return str(file.relative_to(FOLDER))


def test_there_is_a_golden_file_for_each_script_and_no_other():
    assert {name(file) for file in FOLDER.rglob("*.sql")} == {name(file) for file in RENDERED}, (
        "python -m tests.warehouse.golden writes what is missing"
    )


@pytest.mark.parametrize("file", RENDERED, ids=name)
def test_clickhouse_is_told_what_the_golden_file_says(file: Path):
    assert text_of(RENDERED[file]) == file.read_text()


def test_clickhouse_can_parse_every_statement_for_one_node_and_for_a_cluster(warehouse: Warehouse):
    for file, statements in RENDERED.items():
        for statement in statements:
            ((parsed,),) = warehouse._session.client.query(
                "SELECT formatQuery({statement:String})", parameters={"statement": statement}
            ).result_rows
            assert ("ON CLUSTER main" in parsed) == (file.relative_to(FOLDER).parts[0] == "cluster"), statement
