from __future__ import annotations

import io
import logging

import pytest

from oi_airflow.step_log import Steps
from oi_airflow.text import bullets, log, short_lines, warn

HOSTILE = "no \x1b[2J\u202e symbol at https://id:hidden@host/"
HARMLESS = r"no \x1b[2J\u202e symbol at https://host/"


def test_what_tasks_log_is_shown_without_control_characters(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    warn([HOSTILE])
    log.info("%s: %d%%", HOSTILE, 5)
    assert [record.getMessage() for record in caplog.records] == [HARMLESS, f"{HARMLESS}: 5%"]


def test_a_part_of_an_error_stays_on_its_line() -> None:
    assert bullets([f"{HOSTILE}\nOI: all is well", "b"]) == f"- {HARMLESS}\\nOI: all is well\n- b"


def test_steps_are_logged_without_control_characters() -> None:
    console = io.StringIO()
    Steps(console).say(f"{HOSTILE}\nsecond line")
    assert console.getvalue() == f"{HARMLESS}\nsecond line\n"


def test_an_error_is_short_lines_with_its_next_step_last() -> None:
    long = "BTC kalshi 5m: the vendor answered 503. Next: " + "ask again a little later " * 8
    lines = short_lines(f"first\n{long}")
    assert lines[:3] == ["first", "BTC kalshi 5m: the vendor answered 503.", lines[2]]
    assert lines[2].startswith("Next: ")
    assert all(len(line) <= 110 for line in lines)
