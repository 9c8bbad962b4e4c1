"""Which day is read, from whom, and what may be spent on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.domain.clock import DAY
from include.domain.market import Interval

if TYPE_CHECKING:
    from include.settings import Settings

SIMULATED_DAY = datetime(2026, 3, 7, tzinfo=UTC)
"""The day of the vendor's own example: its page shows BTC at 4h on binance_futures."""
SIMULATED_KEY = "kwery_test_business_demo"
SPOILED_ROWS = Path(__file__).parent / "spoiled_rows"
"""One series of the day with three rows that no warehouse should take, so that there is a quarantine to show."""
ACCOUNTS_FILE = "simulator-accounts.json"
"""In OI_HOME, beside the ledger that notes the same credits: what the simulator's accounts have used so far."""
CAP_CREDITS = 5_000
"""What a demonstration may spend of a real account by default."""


@dataclass(frozen=True)
class DemoDay:
    """One demonstration: `environment` holds the variables that its processes need on top of the caller's."""

    start: datetime
    environment: dict[str, str]
    max_credits: int | None
    simulated: bool

    @property
    def end(self) -> datetime:
        return self.start + DAY

    def settings(self) -> Settings:
        """The settings as the demonstration's processes see them."""
        from include.settings import load_settings

        return load_settings({**os.environ, **self.environment})


@contextmanager
def demo_day(settings: Settings, max_credits: int | None) -> Iterator[DemoDay]:
    """Yesterday (UTC) from the real API when there is a key, else the simulator's day while it runs.

    Raises SettingsError where OI_HOME keeps something else in place of the simulator's accounts.
    """
    if settings.api.key is not None:
        yesterday = Interval.D1.floor(_vendor_now(settings)) - DAY
        yield DemoDay(yesterday, {}, _cap(settings, max_credits), simulated=False)
        return
    from include.configuration.errors import SettingsError
    from include.simulator.config import SimulatorConfig
    from include.simulator.server import running

    config = SimulatorConfig(data=SPOILED_ROWS, accounts=settings.home / ACCOUNTS_FILE)
    with ExitStack() as stack:
        try:
            simulator = stack.enter_context(running(config))
        except ValueError as error:
            raise SettingsError(str(error)) from None
        environment = {"KWERY_BASE_URL": simulator.base_url, "KWERY_API_KEY": SIMULATED_KEY}
        yield DemoDay(SIMULATED_DAY, environment, max_credits, simulated=True)


def _vendor_now(settings: Settings) -> datetime:
    """The vendor's clock, from its free account page."""
    from include.ledger.database.engine import open_ledger
    from include.pipeline.vendor.client import client_of, read_account

    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        return read_account(settings, ledger, client).now


def _cap(settings: Settings, max_credits: int | None) -> int:
    named = settings.budget.run_credits if max_credits is None else max_credits
    return CAP_CREDITS if named is None else named
