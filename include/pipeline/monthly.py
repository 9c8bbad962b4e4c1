"""What keeping everything that lives current costs in 30 days."""

from __future__ import annotations

from datetime import timedelta

from include.pipeline.needs import freshness_of, packing_of
from include.pipeline.results import MonthView
from include.pipeline.universe import wanted_series
from include.pipeline.vendor import VendorNow
from include.planning.projection import monthly_price
from include.planning.schedule import schedules
from include.planning.universe import Universe
from include.settings import Settings


def monthly_prices(settings: Settings, vendor: VendorNow, universe: Universe) -> dict[str, MonthView]:
    """30 days by live lane, at the settings' schedule."""
    lanes = schedules(timedelta(hours=settings.schedule.hourly_every_hours))
    packing, freshness = packing_of(settings, vendor), freshness_of(settings)
    months = monthly_price(wanted_series(universe), lanes, freshness, packing)
    return {lane: MonthView.of(month) for lane, month in months.items()}
