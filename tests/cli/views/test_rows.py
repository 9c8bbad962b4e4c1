"""The table of an answer on terminals of any width: no number and no time is broken."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

import pytest

from include.cli.views.rows import print_rows

MOMENT = datetime(2026, 3, 7, 4, tzinfo=UTC)
COLUMNS = ("timestamp", "text", "open_interest", "open_interest_usd")
ROWS = [(MOMENT, "some words that may well be broken", 1234567890.125, None), (MOMENT, "", 2.5, 98765432109.5)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_numbers_and_times_are_never_broken(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "40")
    monkeypatch.setenv("TERM", "xterm")
    print_rows(COLUMNS, ROWS)
    for value in ("2026-03-07T04:00:00Z", "1234567890.125", "98765432109.5"):
        assert value in terminal.getvalue()
