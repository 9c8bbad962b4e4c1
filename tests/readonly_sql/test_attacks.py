"""What people write against a real engine with the reader's rights, once with a canary file of the host beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse import QueryFailed, open_warehouse
from include.warehouse.reading import Reader, open_reader
from tests.readonly_sql.attacks import HONEST, READING, WRITING
from tests.warehouse.batches import Row, accepted, dq, quarantine

SECRET = "the canary sings"
ATTACKS = (*READING, *WRITING)


@pytest.fixture(scope="module")
def reader(fresh_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """It reads a row, and a rejected one."""
    settings = Settings(home=fresh_home(tmp_path_factory.mktemp("oi_home") / "home"))
    with open_warehouse(settings) as warehouse:
        warehouse.publish("b", accepted([Row()]), quarantine("q"), dq("fresh"))
    with open_reader(settings) as found:
        yield found


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file that nobody may read or change; nothing may appear beside it."""
    path = tmp_path / "canary.txt"
    path.write_text(SECRET)
    yield path
    assert path.read_text() == SECRET
    assert list(tmp_path.iterdir()) == [path]


def rows_of(reader: Reader, sql: str) -> object:
    return reader.query_rows(sql)


def lines_of(reader: Reader, sql: str) -> object:
    return list(reader.query_json_lines(sql))


@pytest.mark.parametrize("ask", [rows_of, lines_of])
def test_the_host_is_neither_read_nor_written(
    reader: Reader, canary: Path, ask: Callable[[Reader, str], object]
) -> None:
    for attack in ATTACKS:
        with pytest.raises(QueryFailed) as refused:
            ask(reader, attack.format(canary=canary))
        assert SECRET not in str(refused.value), attack


def test_what_people_ask_is_answered_in_both_forms(reader: Reader) -> None:
    for sql in HONEST:
        rows = reader.query_rows(sql)[1]
        assert len(list(reader.query_json_lines(sql))) == len(rows), sql
    as_of = "SELECT open_interest FROM {}open_interest_as_of(moment = '2026-03-08 04:00:00')"
    assert [reader.query_rows(as_of.format(database))[1] for database in ("", "market.", "bi.")] == [[(1.0,)]] * 3


def test_rejected_rows_are_read_by_their_owner(reader: Reader) -> None:
    assert reader.query_rows("SELECT count() FROM quarantine")[1] == [(1,)]


def test_a_refusal_says_what_and_what_else(reader: Reader) -> None:
    for sql, words in (
        ("SELECT file('x')", ("file()", "reaches no file")),
        ("SELECT * FROM system.processes", ("system.processes", "columns")),
        ("SELECT 1 FORMAT CSV", ("FORMAT", "--json")),
        ("DROP TABLE bi.open_interest", ("reads only", "SELECT")),
        ("SELECT 1 SETTINGS readonly = 0", ("readonly", "SETTINGS")),
        ("SELECT FROM WHERE", ("Syntax error",)),
    ):
        with pytest.raises(QueryFailed) as refused:
            reader.query_rows(sql)
        assert all(word in str(refused.value) for word in words), str(refused.value)
