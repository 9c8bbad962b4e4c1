"""CPU seconds by stage, summed over threads: what `make bench` reports."""

from __future__ import annotations

import threading
import time


class CpuTimer:
    """A tally of thread CPU time by stage name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def measure(self, stage: str) -> Stage:
        """A context manager that adds the calling thread's CPU time inside the block to `stage`."""
        return Stage(self, stage)

    def add(self, stage: str, seconds: float) -> None:
        """Adds seconds that were measured elsewhere."""
        with self._lock:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


class Stage:
    """One block of `CpuTimer.measure`. A class, since each page passes several: a generator takes twice as long."""

    __slots__ = ("_begun", "_name", "_timer")

    def __init__(self, timer: CpuTimer, name: str) -> None:
        self._timer = timer
        self._name = name

    def __enter__(self) -> None:
        self._begun = time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._timer.add(self._name, time.thread_time() - self._begun)
