"""A lane's spending by the end of the billing cycle, and whether it fits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from include.planning.credits.pace import credits_at_pace

AMPLE = 3
"""A live lane with a share this many times its forecast could leave backfill more."""


def spent_by(end: datetime, spent: int, began: datetime, now: datetime) -> int:
    """Credits spent by `end` when spending continues at its pace since `began`."""
    return spent + round(credits_at_pace(spent, began, now, end - now))


@dataclass(frozen=True, slots=True)
class LaneForecast:
    """A lane's credits in a billing cycle; None where no allowance is known or nothing can be forecast.

    `reserved` is for answers in flight or never seen, `queued` is the price of open windows. `at_pace` and `as_planned`
    are the spending at the cycle's end: at the pace so far, and by the planner's price of staying current.
    """

    lane: str
    live: bool
    share: int | None
    spent: int
    reserved: int
    queued: int
    kept: int | None
    may_use: int | None
    at_pace: int | None
    as_planned: int | None

    @property
    def committed(self) -> int:
        return self.reserved + self.queued

    @property
    def forecast(self) -> int:
        """The larger of the two; of a lane that is not live, what is spent and queued."""
        if not self.live:
            return self.spent + self.queued
        return max(self.at_pace or 0, self.as_planned or 0)

    @property
    def verdict(self) -> str:
        """A sentence that says whether it fits, and what to do."""
        if self.may_use is None or self.share is None:
            return "nothing bounds it"
        return self._live_verdict(self.share, self.may_use) if self.live else self._backfill_verdict(self.may_use)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, computed ones included."""
        worked_out = {"committed": self.committed, "forecast": self.forecast, "verdict": self.verdict}
        return asdict(self) | worked_out

    def _live_verdict(self, share: int, may_use: int) -> str:
        lane = f"budget.lane_shares.{self.lane}"
        lacking = self.forecast - self.spent - may_use
        if lacking > 0:
            return (
                f"will not last: the rest of the cycle lacks {lacking:,} credits; want fewer symbols or intervals "
                "(series), raise budget.monthly_credits where it is set, or take a larger plan"
            )
        if self.forecast > share:
            return f"fits, but takes more than its share of {share:,}: raise {lane}, so that backfill leaves it more"
        if share > AMPLE * self.forecast:
            return f"fits, and needs {self.forecast:,} of its share of {share:,}: lower {lane} to leave backfill more"
        return f"fits into its share of {share:,}"

    def _backfill_verdict(self, may_use: int) -> str:
        if self.queued > may_use:
            return f"waits: its open windows cost {self.queued:,} credits, and it may use {may_use:,} now"
        return f"may use {may_use:,} now" if may_use else "may use nothing now"
