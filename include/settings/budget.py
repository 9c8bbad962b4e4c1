"""Section `budget`: what may be spent in a billing cycle, and by which lane."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from include.settings.fields import Credits, Section

Lane = Literal["hourly", "daily", "backfill"]
LANES: tuple[Lane, ...] = get_args(Lane)
SHARE_TOLERANCE = 1e-9
"""0.5 + 0.1 + 0.35 + 0.05 is not exactly 1 in binary."""


class LaneShares(Section):
    """The share of a cycle's allowance that each lane can count on."""

    hourly: float = Field(0.5, ge=0, le=1)
    """Kept for hourly runs, which may use the other shares too."""
    daily: float = Field(0.1, ge=0, le=1)
    """Kept for daily runs, which may use backfill's share too."""
    backfill: float = Field(0.35, ge=0, le=1)
    """Raise it, and lower another share, to finish a long backfill sooner."""


class Budget(Section):
    """What may be spent. An amount that is null means the account's balance."""

    monthly_credits: Credits | None = None
    """Maximum of a billing cycle. Set it where other programs use the same account."""
    cycle_day: int = Field(1, ge=1, le=28)
    """Day of the month on which the vendor renews the account's allowance, at midnight UTC."""
    run_credits: Credits | None = None
    """Maximum of one run."""
    lane_shares: LaneShares = LaneShares()
    """With `reserve_share` at most 1 together."""
    reserve_share: float = Field(0.05, ge=0, le=1)
    """Share of the allowance that no lane uses."""
    release_days: float = Field(5, gt=0, le=28)
    """Last days of the cycle, in which backfill may use what hourly and daily runs will not need."""
    heal_credits: Credits = 50_000
    """Maximum that one run spends on gaps and late rows before its own interval; the next run continues.

    Raise it to fill gaps faster after an outage.
    """

    @model_validator(mode="after")
    def _shares_add_up(self) -> Budget:
        shares = {**dict(self.lane_shares), "reserve_share": self.reserve_share}
        if sum(shares.values()) > 1 + SHARE_TOLERANCE:
            given = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            raise ValueError(
                f"lane_shares and reserve_share together are {sum(shares.values()):g} of the allowance, and 1 is all "
                f"there is ({given}): lower one of them"
            )
        return self
