"""The answer of a query as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from include.cli.console import table
from include.domain.clock import iso

if TYPE_CHECKING:
    from rich.table import Table


def rows_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Numbers flush right and written in full, times the vendor's way."""
    numbers = [column for place, column in enumerate(columns) if rows and isinstance(rows[0][place], int | float)]
    return table(columns, ([_text(value) for value in row] for row in rows), numbers)


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e15 else str(value)
    return None if value is None else str(value)
