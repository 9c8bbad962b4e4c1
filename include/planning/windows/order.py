"""In which order windows are bought."""

from __future__ import annotations

from enum import StrEnum

from include.planning.windows.windows import PlannedWindow


class Order(StrEnum):
    """What is bought first when credits or time may not suffice for everything."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"

    def rank(self, window: PlannedWindow) -> tuple[float, str, int, str]:
        """A key to sort by: the window's time, then symbol, interval, source."""
        newest_first = self is Order.NEWEST_FIRST
        time = -window.end.timestamp() if newest_first else window.start.timestamp()
        return time, window.stream.symbol, window.stream.interval.seconds, window.stream.source or ""
