"""Where the command line writes: answers to stdout, messages to stderr; with `--json` stdout is only JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TextIO

import msgspec

from include.domain.display import shown, shown_json, shown_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
PIPED_WIDTH = 10_000
"""Columns of a page that no terminal bounds: wide enough that no cell is cut, and no line wrapped."""


def answers() -> Console:
    """The console for answers: stdout."""
    return _console(sys.stdout)


def messages() -> Console:
    """The console for progress, warnings and errors: stderr."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else PIPED_WIDTH, highlight=False, markup=False)


def say(text: str = "") -> None:
    """One line of an answer, never wrapped inside a word or a path."""
    answers().print(shown_line(text), soft_wrap=True)


def print_message(text: str) -> None:
    """One message on stderr, after the answers before it."""
    sys.stdout.flush()
    messages().print(shown_line(text), soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON value on one line of stdout."""
    write_json_line(json.dumps(value, ensure_ascii=False, default=_plain))


def write_json_line(text: str) -> None:
    """One JSON value on one line of stdout; control characters are JSON escapes in it, which mean the same.

    Where stdout is not UTF-8, so is every character beyond ASCII.
    """
    text = shown_json(text)
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        text = _NOT_ASCII.sub(lambda sign: json.dumps(sign[0])[1:-1], text)
    sys.stdout.write(text + "\n")


def write_csv_row(json_array: str) -> None:
    """One line of CSV on stdout from a JSON array: numbers as they are written there, None as an empty field.

    At a terminal control characters are written as escapes; elsewhere every character is kept.
    """
    values = msgspec.json.decode(json_array, type=list[msgspec.Raw])
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(_csv_field(bytes(value).decode()) for value in values)
    text = shown(line.getvalue()) if sys.stdout.isatty() else line.getvalue()
    sys.stdout.write(text + "\n")


def _csv_field(value: str) -> str:
    """A JSON value as a field: texts without their quotes, everything else as it stands."""
    if value == "null":
        return ""
    return str(json.loads(value)) if value.startswith('"') else value


def write_text(text: str) -> None:
    """Lines of stdout that no console wraps."""
    sys.stdout.write(shown(text) + "\n")


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else str(value)


def table(
    columns: Iterable[str],
    rows: Iterable[Iterable[object]],
    numbers: Iterable[str] = (),
    title: str = "",
    unbroken: Iterable[str] = (),
) -> Table:
    """A table with `numbers` (column names) set flush right; integers get thousands separators, None is a dash.

    Cells of `unbroken` columns stay on one line.
    """
    from rich import box
    from rich.table import Table

    named = shown_line(title) or None
    made = Table(title=named, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    right, whole = set(numbers), set(unbroken)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        made.add_column(shown_line(column), justify=justify, overflow="fold", no_wrap=column in whole)
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else shown_line(value)
