"""The vendor's clock, as the Date headers of its answers show it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from include.domain.clock import CLOCK_TOLERANCE, Clocks, booted_at, credible


class VendorClock:
    """How far the worker's clock is ahead of the vendor's, by the newest answer; for all threads of a client."""

    def __init__(self) -> None:
        self.agreed: datetime | None = None
        """Passed on to what `at` returns."""
        self._ahead: timedelta | None = None
        self._booted_at = booted_at()
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
            self._booted_at = booted_at()
            self._newest = seen
            if seen.differ and (self._worst is None or abs(seen.ahead) > abs(self._worst.ahead)):
                self._worst = seen

    def assume(self, ahead: timedelta, agreed: datetime | None) -> None:
        """Begins with what was known before the first answer."""
        self._ahead, self.agreed = ahead, agreed
        self._booted_at = booted_at()

    def at(self, worker: datetime) -> Clocks:
        """Both clocks at a moment of the worker's. Setting that clock does not move the vendor's."""
        if self._ahead is None:
            return Clocks(worker, None, self.agreed)
        was_set_by = booted_at() - self._booted_at
        ahead = self._ahead + was_set_by if abs(was_set_by) > CLOCK_TOLERANCE else self._ahead
        return Clocks(worker, worker - ahead, self.agreed)

    @property
    def booted_at(self) -> datetime:
        """When this machine started, by the clock with which it saw the newest answer."""
        return self._booted_at

    @property
    def newest(self) -> Clocks | None:
        """Both clocks when the newest answer arrived; None before any."""
        return self._newest

    @property
    def worst(self) -> Clocks | None:
        """Both clocks in the answer in which they differed most; None while they agree."""
        return self._worst
