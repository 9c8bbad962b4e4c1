"""What a simulator is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from include.simulator.faults import check_faults
from include.simulator.plans import PLANS


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """One simulator's settings; raises ValueError naming the setting that cannot work."""

    plan: str = "business"
    """The plan of keys that do not name one; `kwery_test_<plan>_...` keys do."""
    now: datetime | None = None
    """A pinned clock (does not advance), or None for the real one."""
    seed: int = 7
    markets: int = 0
    """How many dated Kalshi markets, with lives of hours to months, are open at any time beside the lasting symbols."""
    symbols_per_page: int | None = None
    """How many symbols a page of `/v1/symbols` holds; None: one page holds all."""
    data: Path | None = None
    """A folder of CSV or CSV.gz files that replace the generated series they contain."""
    faults: dict[str, float] = field(default_factory=dict)
    """Fault name to the share of open-interest requests that it strikes, 0 to 1."""
    enforce_rates: bool = True
    """Whether the plans' request rates answer 429; off for tests that ask faster than any plan allows."""
    allowance_credits: int | None = None
    """Each account's monthly allowance; None is the plan's own."""
    accounts: Path | None = None
    """A file that keeps what accounts have used beyond this simulator's life; None for accounts that start unused."""
    hold_seconds: float = 60.0
    """How long the `timeout` fault holds an answer."""
    slow_seconds: float = 1.0
    """How long the `slow` fault delays an answer."""
    cursor_uses: int = 0
    """How often the `expiring_cursor` fault lets a cursor that it picked work before it is refused."""

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise ValueError(f"plan {self.plan!r} is not one of {', '.join(PLANS)}")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError(f"now={self.now.isoformat()} has no time zone; write for example 2026-03-08T00:00:00Z")
        if self.data is not None and not self.data.is_dir():
            raise ValueError(f"data folder {self.data} does not exist")
        if not 0 <= self.markets <= 100_000:
            raise ValueError(f"markets={self.markets:,} is not between 0 and 100,000")
        check_faults(self.faults)
