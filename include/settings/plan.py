"""Section `plan`: how wanted time becomes windows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from include.domain.market import Interval
from include.settings.fields import Section


class PlanSettings(Section):
    """How wanted time becomes windows."""

    lookback_days: int = Field(3, ge=0, le=3660)
    """Days before its own time, and one run more, in which a run fills gaps and late rows; 0 turns it off.

    Raise it where the loader may be down for longer.
    """
    provisional_buckets: dict[Interval, Annotated[int, Field(ge=0, le=100)]] = dict.fromkeys(Interval, 1)
    """Intervals after a bucket's close until it is final. Until then it is requested again.

    Raise it where the vendor corrects values later than that.
    """
    window_pages: int = Field(20, ge=1, le=1000)
    """Maximum of full pages in a window, the unit of work and of resuming."""
    recheck_gap_hours: float = Field(24, ge=0, le=87_600)
    """Hours before an empty range is requested again; empty twice is proven empty."""
