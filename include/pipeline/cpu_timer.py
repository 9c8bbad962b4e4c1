"""CPU seconds by stage, summed over threads: what `make bench` reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class CpuTimer:
    """A tally of thread CPU time by stage name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Adds the calling thread's CPU time inside the block to `stage`."""
        begun = time.thread_time()
        try:
            yield
        finally:
            self.add(stage, time.thread_time() - begun)

    def add(self, stage: str, seconds: float) -> None:
        """Adds seconds that were measured elsewhere."""
        with self._lock:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
