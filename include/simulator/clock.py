"""The simulator's clock: the real time, or an instant it is pinned to."""

from __future__ import annotations

from datetime import datetime

from include.domain.clock import utc_now


class SimulatorClock:
    """The time; a pinned clock stands still until it is pinned elsewhere or released."""

    def __init__(self, pinned: datetime | None = None) -> None:
        self._pinned = pinned

    def now(self) -> datetime:
        return utc_now() if self._pinned is None else self._pinned

    def pin(self, instant: datetime | None) -> None:
        """Stands still at `instant` from now on; None follows the real time again."""
        self._pinned = instant

    @property
    def pinned(self) -> bool:
        return self._pinned is not None
