"""Request rates: sliding windows in real, monotonic time, whatever the simulator's clock says."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from include.simulator.errors import rate_limited
from include.simulator.plans import Rate


@dataclass(frozen=True, slots=True)
class RateState:
    """The window closest to its limit, for the X-RateLimit headers."""

    limit: int
    remaining: int
    reset_seconds: int
    """Until the window's oldest request leaves it."""


class SlidingWindows:
    """Admits a request when every window of the plan has room; refused requests do not count."""

    def __init__(self, rates: tuple[Rate, ...], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._windows: dict[Rate, deque[float]] = {rate: deque() for rate in rates}
        self._monotonic = monotonic

    def admit(self, enforce: bool) -> RateState:
        """Counts one request; raises 429 with the seconds to wait where a window is full and `enforce` is set."""
        now = self._monotonic()
        waits = [self._wait(rate, window, now) for rate, window in self._windows.items()]
        if enforce and max(waits) > 0:
            raise rate_limited(max(1, ceil(max(waits))))
        for window in self._windows.values():
            window.append(now)
        return min((self._state(rate, window, now) for rate, window in self._windows.items()), key=_tightness)

    def _wait(self, rate: Rate, window: deque[float], now: float) -> float:
        while window and window[0] <= now - rate.seconds:
            window.popleft()
        return window[0] + rate.seconds - now if len(window) >= rate.requests else 0.0

    def _state(self, rate: Rate, window: deque[float], now: float) -> RateState:
        reset = ceil(window[0] + rate.seconds - now)
        return RateState(rate.requests, max(0, rate.requests - len(window)), reset)


def _tightness(state: RateState) -> float:
    return state.remaining / state.limit
