from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.warehouse import scripts


def test_statements_end_at_a_semicolon_that_ends_a_line():
    assert scripts.statements("SELECT 1;\nSELECT 2\n  FROM x;  \n\nSELECT 3") == [
        "SELECT 1",
        "SELECT 2\n  FROM x",
        "SELECT 3",
    ]


def test_a_semicolon_inside_a_line_or_a_comment_cuts_nothing():
    text = "-- first; then this;\nSELECT ';' AS mark,\n  -- and that;\n  2;\n-- the end;\n"
    assert scripts.statements(text) == ["SELECT ';' AS mark,\n  2"]


def test_names_are_filled_in_and_typed_values_are_left_to_clickhouse():
    text = "SELECT * FROM {database}.t WHERE known_at <= {moment:DateTime64(3, 'UTC')}"
    assert scripts.fill(text, {"database": "market"}) == text.replace("{database}", "market")


def test_a_file_in_braces_stands_for_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In files that are shared too; values and names stay as they are."""
    days = tmp_path / "rates" / "days"
    days.mkdir(parents=True)
    (tmp_path / "whole.sql").write_text("SELECT {rates/days/part.sql}\nFROM {database}.t WHERE a = {a:String}\n")
    (days / "part.sql").write_text("{rates/days/column.sql}, 2\n")
    (days / "column.sql").write_text("\none\n")
    monkeypatch.setattr(scripts, "SQL", tmp_path)
    monkeypatch.setattr(scripts, "read", scripts.read.__wrapped__)
    assert scripts.read("whole.sql") == "SELECT one, 2\nFROM {database}.t WHERE a = {a:String}\n"


@pytest.mark.parametrize("name", ["market; DROP TABLE x", "1st", "", "a-b", "a.b", "`a`"])
def test_a_name_that_would_need_quoting_is_refused(name: str):
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        scripts.fill("SELECT * FROM {database}.t", {"database": name})


def test_no_script_deletes_replaces_a_partition_or_says_prewhere():
    paths = list(scripts.SQL.rglob("*.sql"))
    assert len(paths) > 10
    for path in paths:
        words = re.sub(r"--.*", "", path.read_text()).upper()
        assert not re.search(r"\b(DELETE|PREWHERE|REPLACE PARTITION|MATERIALIZED VIEW)\b", words), path
