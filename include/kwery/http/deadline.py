"""A bound on one exchange as a whole: time-outs of single reads never end one that drips a byte at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds: for a connection, for each part of an answer, and for a whole answer from its request on."""

    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 120


class Deadlines:
    """Deadlines of `seconds` each, watched by one thread: starting a thread for each would cost more than the watch.

    All are of the same length. So none that starts while the thread sleeps can pass before the thread wakes.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._passes_at: dict[Deadline, float] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends the thread; no deadline passes afterwards."""
        self._closed.set()

    def add(self, deadline: Deadline) -> None:
        """Begins to watch a deadline."""
        with self._lock:
            self._passes_at[deadline] = time.monotonic() + self.seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()

    def remove(self, deadline: Deadline) -> None:
        """Ends the watch: afterwards the deadline does not pass."""
        with self._lock:
            self._passes_at.pop(deadline, None)

    def _watch(self) -> None:
        sleep_seconds = self.seconds
        while not self._closed.wait(sleep_seconds):
            with self._lock:
                now = time.monotonic()
                for deadline in [one for one, passes_at in self._passes_at.items() if passes_at <= now]:
                    del self._passes_at[deadline]
                    deadline.let_pass()
                sleep_seconds = min(self._passes_at.values(), default=now + self.seconds) - now


class Deadline:
    """Calls `hang_up` from another thread once its time has passed since `start`, unless `end` came first."""

    def __init__(self, deadlines: Deadlines, hang_up: Callable[[], None]) -> None:
        self.passed = False
        self._deadlines = deadlines
        self._hang_up = hang_up

    def start(self) -> None:
        self._deadlines.add(self)

    def end(self) -> None:
        """Afterwards `hang_up` is never called: the connection may serve another request."""
        self._deadlines.remove(self)

    def let_pass(self) -> None:
        self.passed = True
        self._hang_up()
