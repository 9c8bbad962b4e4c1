"""What the threads of one extraction have done, counted as it happens."""

from __future__ import annotations

import threading

from include.kwery.models import Page
from include.ledger.work.windows import OpenWindow
from include.pipeline.progress import OnProgress, Progress
from include.pipeline.steps.extract.extracted import Extracted


class Tally:
    """Fills one `Extracted` from several threads, and reports progress."""

    def __init__(self, window_count: int, on_progress: OnProgress | None) -> None:
        self.result = Extracted()
        self._window_count = window_count
        self._on_progress = on_progress
        self._lock = threading.Lock()

    def page(self, window: OpenWindow, page: Page) -> None:
        """Counts a page that is landed and committed."""
        with self._lock:
            result = self.result
            result.requests += 1
            result.rows += page.row_count
            result.credits += page.charge_credits
            if self._on_progress:
                done = len(result.landed) + len(result.refused) + len(result.elsewhere)
                figures = (done, self._window_count, result.requests, result.rows, result.credits)
                self._on_progress(Progress("reading", *figures, window.label))

    def landed(self, window: OpenWindow) -> None:
        """Counts a window that is read to its end; a doubtful one leaves a note."""
        with self._lock:
            self.result.landed.append(window.window_id)
            if window.doubts and window.note:
                self.result.notes.append(f"{window.label}: {window.note}")

    def refused(self, sentence: str) -> None:
        """Counts a window that the vendor refused."""
        with self._lock:
            self.result.refused.append(sentence)

    def elsewhere(self, window_id: str) -> None:
        """Counts a window that another process reads."""
        with self._lock:
            self.result.elsewhere.append(window_id)

    def unfinished(self, window_id: str) -> None:
        """Counts a window that a later run resumes."""
        with self._lock:
            self.result.unfinished.append(window_id)

    def failed(self) -> None:
        """Notes that something broke."""
        with self._lock:
            self.result.failed = True
