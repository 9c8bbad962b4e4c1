"""How tasks say things: one logger, one wording."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from include.domain.display import shown, shown_line
from include.domain.text import counted

if TYPE_CHECKING:
    from include.pipeline.steps.load.loaded import Loaded
    from include.planning.credits.price import Price

log = logging.getLogger("open_interest")
_LINE_WIDTH = 110
"""Characters of a line that the log pane of Airflow shows without scrolling."""


def _shown(record: logging.LogRecord) -> bool:
    """What a task logs may quote the vendor: nothing in it reaches a terminal or a log as a control character."""
    record.msg, record.args = shown(record.getMessage()), None
    return True


log.addFilter(_shown)


def price_in_words(price: Price) -> str:
    """Requests, rows and credits."""
    parts = ((price.requests, "request"), (price.rows, "row"), (price.credits, "credit"))
    return ", ".join(counted(count, noun) for count, noun in parts)


def rows_in_words(rows: Loaded) -> str:
    """`171 rows new, 0 restated, 0 in quarantine`."""
    return f"{counted(rows.new, 'row')} new, {rows.changed:,} restated, {rows.quarantined:,} in quarantine"


def elsewhere_in_words(rows: int) -> str:
    """`; 18,675 of its rows loaded by another run`, or nothing."""
    return f"; {rows:,} of its rows loaded by another run" if rows else ""


def paid_in_words(credits: int, requests: int) -> str:
    """`963 credits in 9 requests`."""
    return f"{counted(credits, 'credit')} in {counted(requests, 'request')}"


def warn(sentences: Sequence[str]) -> None:
    """Logs what a person should read although the task continues."""
    for sentence in sentences:
        log.warning("%s", sentence)


def bullets(sentences: Sequence[str]) -> str:
    """A sentence a line, for an error with several parts."""
    return "\n".join(f"- {shown_line(sentence)}" for sentence in sentences)


def short_lines(text: str) -> list[str]:
    """An error's text in lines that fit the log pane; its next step begins a line."""
    parts = text.replace(". Next: ", ".\nNext: ").split("\n")
    wrapped = (
        wrap(part, _LINE_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for part in parts
    )
    return [line for lines in wrapped for line in lines] or [text]


def aligned(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table as lines of text; numbers are flush right."""
    cells = [list(header), *([f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(header))]
    numbers = {place for place, cell in enumerate(rows[0] if rows else ()) if isinstance(cell, int)}
    return [
        "  ".join(
            cell.rjust(widths[place]) if place in numbers else cell.ljust(widths[place])
            for place, cell in enumerate(row)
        ).rstrip()
        for row in cells
    ]
