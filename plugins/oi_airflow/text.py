"""How tasks say things: one logger, one wording."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from include.domain.display import shown, shown_line
from include.domain.text import counted

if TYPE_CHECKING:
    from include.pipeline.steps.extract.extracted import Extracted
    from include.planning.credits.price import Price

log = logging.getLogger("open_interest")


def _shown(record: logging.LogRecord) -> bool:
    """What a task logs may quote the vendor: nothing in it reaches a terminal or a log as a control character."""
    record.msg, record.args = shown(record.getMessage()), None
    return True


log.addFilter(_shown)


def in_words(figures: Price | Extracted) -> str:
    """Requests, rows and credits."""
    told = ((figures.requests, "request"), (figures.rows, "row"), (figures.credits, "credit"))
    return ", ".join(counted(count, noun) for count, noun in told)


def warn(sentences: Sequence[str]) -> None:
    """Logs what a person should read although the task goes on."""
    for sentence in sentences:
        log.warning(sentence)


def bullets(sentences: Sequence[str]) -> str:
    """A sentence a line, for an error with several parts."""
    return "\n".join(f"- {shown_line(sentence)}" for sentence in sentences)


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
