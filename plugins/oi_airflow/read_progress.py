"""How far reading is, logged while it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from include.domain.text import counted
from oi_airflow.text import log, paid_in_words

if TYPE_CHECKING:
    from include.pipeline.progress import Progress

EVERY_SECONDS = 10.0


class ReadProgress:
    """Logs the figures of `extract`, at most every ten seconds; called by one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = clock() + EVERY_SECONDS

    def __call__(self, progress: Progress) -> None:
        if self._clock() < self._due:
            return
        self._due = self._clock() + EVERY_SECONDS
        log.info(
            "reading: %d of %s read; %s for %s so far",
            progress.windows_done,
            counted(progress.windows, "window"),
            counted(progress.rows, "row"),
            paid_in_words(progress.credits, progress.requests),
        )
