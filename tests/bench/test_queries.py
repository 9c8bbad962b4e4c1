from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

from bench.queries import CHARTS, OF_BOUGHT_ROWS, PROMISED_AT_ROWS, Answered, line, main, refusal, scripts

ROWS = 150_000


@pytest.fixture(scope="module")
def measured() -> Any:
    """What the bench prints for that many rows: its answers, and its remarks."""
    answers, remarks = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(answers), redirect_stderr(remarks):
        patch.setattr(sys, "argv", ["bench.queries", str(ROWS), "--json", "--repeats", "1"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code is None
    return [json.loads(line) for line in answers.getvalue().splitlines()], remarks.getvalue()


def test_every_query_answers_and_the_as_of_view_is_exact(measured: Any) -> None:
    answers, remarks = measured
    names = [path.stem for path in scripts()]
    assert [answer["name"] for answer in answers if not answer["derived"]] == names
    assert [answer["name"] for answer in answers if answer["derived"]] == [n for n in names if n not in OF_BOUGHT_ROWS]
    assert {answer["name"] for answer in answers if answer["rows"] == 0} <= CHARTS  # a chart may be of what is rare
    assert "rows known then are exact" in remarks


def test_a_query_of_one_symbol_reads_a_part_of_the_rows(measured: Any) -> None:
    """A tenth of them is the symbol's. Blocks of storage take more, and daily marts read each row twice."""
    plans = {(answer["name"], answer["derived"]): answer["plan_rows"] for answer in measured[0]}
    of_people = {one: rows for one, rows in plans.items() if one[0] not in CHARTS}
    assert {one for one, rows in of_people.items() if not 0 < rows < ROWS / 2} == set()


@pytest.mark.parametrize(
    ("name", "derived", "milliseconds", "late"),
    [
        ("latest_of_a_symbol", False, 100.1, True),
        ("latest_of_a_symbol", False, 100.0, False),
        ("latest_of_a_symbol", True, 100.1, False),
        ("movers", False, 100.1, True),
    ],
)
def test_what_takes_longer_than_promised_is_reported(name: str, derived: bool, milliseconds: float, late: bool) -> None:
    found = Answered(name, 1.0, milliseconds, 1.0, 1, 1, derived)
    assert found.is_late == late
    assert ("over 100 ms" in line(found)) == late


def test_a_late_query_at_full_size_fails_the_bench() -> None:
    late, in_time = (Answered("year_of_daily", 1.0, taken, 1.0, 1, 1, False) for taken in (101.0, 99.0))
    assert refusal([late, in_time], PROMISED_AT_ROWS - 1) is None
    assert refusal([in_time], PROMISED_AT_ROWS) is None
    assert "over 100 ms: year_of_daily." in str(refusal([late, in_time], PROMISED_AT_ROWS))
