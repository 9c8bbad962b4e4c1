import csv
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import typer

from include.cli.commands.sql import _from_stdin
from tests.cli.oi import COMMAND, LAUNCHER, SILENCED, Oi
from tests.patience import PATIENCE_SECONDS

NUMBERS = "SELECT toUInt64(number) AS n, toDateTime(1772841600 + number, 'UTC') AS at FROM numbers(2)"


@pytest.fixture
def oi(oi_with_home: Oi) -> Oi:
    return oi_with_home


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


def test_a_query_on_stdin_is_read_no_further_than_a_query_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input without end took all memory."""
    endless = io.BufferedReader(Endless())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=endless))
    with pytest.raises(typer.BadParameter, match="longer than 256 KiB"):
        _from_stdin()


class Endless(io.RawIOBase):
    """Spaces without end, but for a bound that no test reaches."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        assert self.given < 1 << 22
        buffer[:] = b" " * len(buffer)
        self.given += len(buffer)
        return len(buffer)


def test_the_host_is_not_reached(oi: Oi, tmp_path: Path) -> None:
    """Each kind of attack is in tests/readonly_sql; here is that the command goes that way."""
    ledger = tmp_path / "ledger.db"
    ledger.write_text("paid for")
    for attack in (
        "SELECT file('/proc/self/environ')",
        "SELECT * FROM file('/proc/self/environ', LineAsString)",
        f"INSERT INTO FUNCTION file('{ledger}', 'TSV', 'a Int32') SELECT 1",
        f"EXPLAIN SELECT 1 INTO OUTFILE '{ledger}' TRUNCATE",
    ):
        answer = oi("sql", attack, "--json", KWERY_API_KEY="kwery_test_business_canary")
        assert (answer.code, answer.out) == (1, ""), attack
        assert "canary" not in answer.err
    assert ledger.read_text() == "paid for"


def test_the_process_that_runs_sql_was_started_without_secrets(tmp_path: Path) -> None:
    secrets = {
        "KWERY_API_KEY": "kwery_test_canary",
        "COPY": "of kwery_test_canary",
        "OI_NOTIFY_URL": "https://h/canary",
    }
    environment = {**os.environ, **SILENCED, "OI_HOME": str(tmp_path), **secrets, "PLAIN": "stays"}
    with subprocess.Popen(
        [LAUNCHER, "sql", "-"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        seen = psutil.Process(process.pid)
        until = time.monotonic() + PATIENCE_SECONDS
        while seen.cmdline()[-2:] != ["--", "-"]:  # it waits for its query then
            assert time.monotonic() < until
            time.sleep(0.02)
        started_with = seen.environ()
        out, _ = process.communicate("SELECT 'answered'")
    assert "answered" in out
    assert started_with["PLAIN"] == "stays"
    assert "canary" not in str(started_with)


def test_the_help_names_every_view_that_is_there_to_be_asked(oi: Oi) -> None:
    is_view = "engine = 'View' AND database IN ('bi', 'market') AND name NOT LIKE 'ledger%'"
    views = [one["name"] for one in oi("sql", f"SELECT name FROM system.tables WHERE {is_view}", "--json").lines]
    shown = oi("sql", "--help").out

    assert "burn_down" in views
    assert [name for name in views if not re.search(rf"\b{name}\b", shown)] == []


EVERY_KIND = """SELECT toUInt64(18446744073709551615) AS n, 0.1 AS f, CAST(NULL AS Nullable(Float64)) AS none,
    '' AS empty, 'a "b", c' AS text, [1.5, 2] AS list, true AS yes, toDateTime64(1772841600.25, 3, 'UTC') AS at"""


def test_csv_is_exact_and_nothing_else_is_on_stdout(oi: Oi) -> None:
    answer = oi("sql", EVERY_KIND, "--csv")

    assert answer.code == 0, answer.err
    header, row = csv.reader(answer.out.splitlines())
    assert header == ["n", "f", "none", "empty", "text", "list", "yes", "at"]
    assert row[:7] == ["18446744073709551615", "0.1", "", "", 'a "b", c', "[1.5,2]", "true"]
    assert row[7] == "2026-03-07T00:00:00.250Z"


def test_csv_of_no_rows_is_its_header(oi: Oi) -> None:
    answer = oi("sql", "SELECT 1 AS a, 2 AS b WHERE 0", "--csv")
    assert (answer.code, answer.out) == (0, "a,b\n")


def test_json_and_csv_exclude_each_other(oi: Oi) -> None:
    answer = oi("sql", "SELECT 1", "--csv", "--json")
    assert (answer.code, answer.out) == (2, "")


def test_piped_lines_are_not_wrapped(oi: Oi) -> None:
    answer = oi("sql", "SELECT repeat('x', 300) AS a, repeat('y ', 200) AS b, 123456789012345678 AS n")
    (line,) = [line for line in answer.out.splitlines() if "xxx" in line]
    assert "x" * 300 in line
    assert line.rstrip().endswith("123456789012345678")


def test_an_answer_that_nobody_reads_any_more_ends(oi: Oi) -> None:
    """As with `| head -2`; the answer itself has no end."""
    environment = {**os.environ, **SILENCED, "OI_HOME": str(oi.home)}
    command = [*COMMAND, "sql", "SELECT number FROM system.numbers", "--csv"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == [b"number\n", b"0\n"]
        process.stdout.close()
        assert process.wait(timeout=PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_an_answer_takes_no_more_memory_than_a_query_may(oi: Oi, tmp_path: Path, form: str) -> None:
    """The engine bounds what it works on; on its way out a cell takes seven times as much."""
    settings = tmp_path / "pipeline.yaml"
    settings.write_text("warehouse: {query_memory_mb: 800}\n")
    environment = {**os.environ, **SILENCED, "OI_HOME": str(oi.home), "OI_CONFIG": str(settings)}
    command = [*COMMAND, "sql", "SELECT range(20000000)", form]
    with (tmp_path / "said").open("w+b") as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        sentence = said.read().decode()
    assert process.returncode == 1, sentence
    assert "more memory than 800 MB" in sentence
    assert "warehouse.query_memory_mb" in sentence
    assert used.ru_maxrss < 800_000, "in KiB; without the bound it is 1.3 GB"
