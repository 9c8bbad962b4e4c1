"""How tasks say things: one logger, one wording."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.pipeline import Extracted, PriceView

log = logging.getLogger("open_interest")


def in_words(figures: PriceView | Extracted) -> str:
    """Requests, rows and credits."""
    return f"{figures.requests:,} requests, {figures.rows:,} rows, {figures.credits:,} credits"


def warn(sentences: Sequence[str]) -> None:
    """Logs what a person should read although the task goes on."""
    for sentence in sentences:
        log.warning(sentence)


def bullets(sentences: Sequence[str]) -> str:
    """A sentence a line, for an error with several parts."""
    return "\n".join(f"- {sentence}" for sentence in sentences)
