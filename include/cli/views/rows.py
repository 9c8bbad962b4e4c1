"""The answer of a query as a table, or line by line where the terminal is too narrow for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from include.cli.console import answers, say, table
from include.domain.clock import iso

if TYPE_CHECKING:
    from rich.table import Table


UNBOUNDED = 100_000
"""Columns, more than any table has."""


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Prints the answer of a query. Numbers and times are never broken across lines."""
    from rich.measure import Measurement

    console, made = answers(), rows_table(columns, rows)
    unbounded = console.options.update(max_width=UNBOUNDED)  # a measurement is never wider than what it is given
    if Measurement.get(console, unbounded, made).minimum <= console.width:
        console.print(made)
    else:
        _print_line_by_line(columns, rows)


def rows_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Numbers flush right and written in full, times the vendor's way."""
    numbers = _columns_of(columns, rows, (int, float))
    unbroken = [*numbers, *_columns_of(columns, rows, (date,))]
    return table(columns, ([_text(value) for value in row] for row in rows), numbers, unbroken=unbroken)


def _columns_of(columns: Sequence[str], rows: Sequence[Sequence[Any]], kinds: tuple[type, ...]) -> list[str]:
    """The columns whose first value that is not NULL is of one of the kinds."""
    firsts = [next((row[place] for row in rows if row[place] is not None), None) for place in range(len(columns))]
    return [column for column, first in zip(columns, firsts, strict=True) if isinstance(first, kinds)]


def _print_line_by_line(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    width = max(map(len, columns))
    for number, row in enumerate(rows, 1):
        say(f"Row {number}")
        for column, value in zip(columns, row, strict=True):
            say(f"  {column:<{width}}  {_text(value) or '-'}")


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e15 else str(value)
    return None if value is None else str(value)
