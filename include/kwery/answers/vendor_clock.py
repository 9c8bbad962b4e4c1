"""The vendor's clock, as the Date headers of its answers show it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from include.domain.clock import Clocks, credible


class VendorClock:
    """How far the worker's clock is ahead of the vendor's, by the newest answer; for all threads of a client."""

    def __init__(self) -> None:
        self.agreed: datetime | None = None
        """Passed on to what `at` returns."""
        self._ahead: timedelta | None = None
        self._worst: Clocks | None = None
        self._newest: Clocks | None = None
        self._lock = threading.Lock()

    @property
    def is_known(self) -> bool:
        """True once an answer, or a reading of this machine, has shown it."""
        return self._ahead is not None

    def see(self, received_at: datetime, vendor_time: datetime | None) -> None:
        """Takes note of an answer; one without a credible Date shows nothing."""
        vendor = credible(vendor_time)
        if vendor is None:
            return
        seen = Clocks(received_at, vendor)
        with self._lock:
            self._ahead = received_at - vendor
            self._newest = seen
            if seen.differ and (self._worst is None or abs(seen.ahead) > abs(self._worst.ahead)):
                self._worst = seen

    def assume(self, ahead: timedelta, agreed: datetime | None) -> None:
        """Begins with what was known before the first answer."""
        self._ahead, self.agreed = ahead, agreed

    def at(self, worker: datetime) -> Clocks:
        """Both clocks at a moment of the worker's."""
        ahead = self._ahead
        return Clocks(worker, None if ahead is None else worker - ahead, self.agreed)

    @property
    def newest(self) -> Clocks | None:
        """Both clocks when the newest answer arrived; None before any."""
        return self._newest

    @property
    def worst(self) -> Clocks | None:
        """Both clocks in the answer in which they differed most; None while they agree."""
        return self._worst
