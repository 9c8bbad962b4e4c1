"""Faults that refuse a request; like every refusal they cost nothing."""

from __future__ import annotations

from random import Random

from include.simulator import errors
from include.simulator.faults.base import Fault


class RateLimitStorm(Fault):
    """429 rate_limited with Retry-After 1 although the account is inside its rate."""

    def refuse(self, after: str | None) -> None:
        raise errors.rate_limited(1)


class InternalError(Fault):
    """500 internal_error."""

    def refuse(self, after: str | None) -> None:
        raise errors.internal_error()


class Unavailable(Fault):
    """503 unavailable with Retry-After 1."""

    def refuse(self, after: str | None) -> None:
        raise errors.unavailable(1)


class ExpiringCursor(Fault):
    """400 invalid_cursor for that share of the cursors, once one was used `cursor_uses` times (at once by default)."""

    @classmethod
    def strikes(cls, seed: int, number: int, rate: float, after: str | None) -> bool:
        return after is not None and Random(f"{seed}/{cls.__name__}/{after}").random() < rate

    def refuse(self, after: str | None) -> None:
        cursor = after or ""
        self.tuning.uses[cursor] += 1
        if self.tuning.uses[cursor] > self.tuning.cursor_uses:
            raise errors.invalid_cursor("has expired")
