"""When the threads of one run may continue: the end of its time, a stop that one of them meets, shared pauses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from include.domain.clock import Clocks, iso, utc_now
from include.domain.errors import Signal
from include.domain.next_step import NextStep
from include.pipeline.progress import Stop

_NAP_SECONDS = 0.2
MAX_SKIPPED_WINDOWS = 20
"""Windows that may cost more than the rest of a budget before the run ends."""


class Halted(Signal):
    """Reading of a window was stopped by the end of the run or by its budget; a later run resumes it."""


class Pacer:
    """Stops, pauses and sleeps of one run; the first stop that any thread meets ends them all."""

    def __init__(
        self, read_until: datetime | None, max_pause_seconds: float, seen: Callable[[datetime], Clocks] = Clocks
    ) -> None:
        """`seen` adds the vendor's clock to a moment of the worker's."""
        self.stop: Stop | None = None
        self._read_until = read_until
        self._max_pause_seconds = max_pause_seconds
        self._seen = seen
        self._pause_until = 0.0
        self._skipped: list[Stop] = []
        self._lock = threading.Lock()

    @staticmethod
    def now() -> datetime:
        """The worker's clock."""
        return utc_now()

    def clocks(self) -> Clocks:
        """The worker's clock and the vendor's."""
        return self._seen(self.now())

    @property
    def reason(self) -> Stop | None:
        """Why something is unread: what ended the run, or else the budget that some windows exceed."""
        return self.stop or next(iter(self._skipped), None)

    def halt(self, stop: Stop) -> None:
        """Ends reading for every thread; the first reason is kept."""
        with self._lock:
            self.stop = self.stop or stop

    def skip_window(self, stop: Stop) -> None:
        """Leaves one window unread for `stop`. Others may be smaller, so the run ends only after many of these."""
        with self._lock:
            self._skipped.append(stop)
        if len(self._skipped) >= MAX_SKIPPED_WINDOWS:
            self.halt(stop)

    @property
    def lets_send(self) -> bool:
        """True while nothing ends or holds back the run."""
        is_over = self._read_until is not None and self.now() >= self._read_until
        return self.stop is None and not is_over and time.monotonic() >= self._pause_until

    def check_stop(self) -> None:
        """Raises Halted once the run has ended."""
        if self.stop is not None:
            raise Halted

    def pause(self, seconds: float) -> None:
        """Holds back every thread, because the account's request rate is used up."""
        if seconds > 0:
            with self._lock:
                bounded = min(seconds, self._max_pause_seconds)
                self._pause_until = max(self._pause_until, time.monotonic() + bounded)

    def wait_out_pause(self) -> None:
        """Sleeps until no pause holds. Raises Halted when the run ends before that."""
        self.sleep(self._pause_until - time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Sleeps in short naps. Raises Halted as soon as the run ends."""
        until = time.monotonic() + seconds
        while True:
            self.check_stop()
            self._end_on_time()
            remaining = until - time.monotonic()
            if remaining <= 0:
                return
            time.sleep(min(remaining, _NAP_SECONDS))

    def _end_on_time(self) -> None:
        until = self._read_until
        if until is not None and self.now() >= until:
            sentence = f"out of time: reading was to end at {iso(until.replace(microsecond=0))}"
            self.halt(Stop(NextStep.STOP_RUN, sentence))
            raise Halted
