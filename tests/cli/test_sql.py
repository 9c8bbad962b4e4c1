import re

from tests.cli.oi import Oi

NUMBERS = "SELECT toUInt64(number) AS n, toDateTime(1772841600 + number, 'UTC') AS at FROM numbers(2)"


def test_json_gives_an_object_a_line_and_nothing_else(oi: Oi) -> None:
    answer = oi("sql", NUMBERS, "--json")

    assert answer.code == 0, answer.err
    assert answer.lines == [{"n": 0, "at": "2026-03-07T00:00:00Z"}, {"n": 1, "at": "2026-03-07T00:00:01Z"}]
    assert answer.err == ""


def test_a_piped_table_is_plain_text(oi: Oi) -> None:
    answer = oi("sql", NUMBERS)

    assert answer.code == 0, answer.err
    assert "\x1b" not in answer.out
    assert [line.split() for line in answer.out.splitlines() if "2026" in line] == [
        ["0", "2026-03-07T00:00:00Z"],
        ["1", "2026-03-07T00:00:01Z"],
    ]


def test_writing_is_refused(oi: Oi) -> None:
    answer = oi("sql", "CREATE TABLE market.mine (n UInt8) ENGINE = Memory")

    assert answer.code == 1
    assert "read" in answer.err.lower()
    assert "Traceback" not in answer.err


def test_a_question_that_clickhouse_refuses_is_answered_in_a_sentence(oi: Oi) -> None:
    answer = oi("sql", "SELECT * FROM market.open_intrest", "--json")

    assert answer.code == 1
    assert "open_intrest" in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err


def test_the_help_names_every_view_that_is_there_to_be_asked(oi: Oi) -> None:
    is_view = "engine = 'View' AND database IN ('bi', 'market') AND name NOT LIKE 'ledger%'"
    views = [one["name"] for one in oi("sql", f"SELECT name FROM system.tables WHERE {is_view}", "--json").lines]
    shown = oi("sql", "--help").out

    assert "burn_down" in views
    assert [name for name in views if not re.search(rf"\b{name}\b", shown)] == []
