"""A bound on one exchange as a whole: time-outs of single reads never end one that drips a byte at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Deadline:
    """Calls `hang_up` from a thread of its own once `seconds` have passed since `start`, unless `end` came first."""

    def __init__(self, seconds: float, hang_up: Callable[[], None]) -> None:
        self.passed = False
        self._hang_up = hang_up
        self._ended = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def end(self) -> None:
        """Afterwards `hang_up` is never called: the connection may serve another request."""
        self._timer.cancel()
        with self._lock:
            self._ended = True

    def _pass(self) -> None:
        with self._lock:
            if not self._ended:
                self.passed = True
                self._hang_up()
