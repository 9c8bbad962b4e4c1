"""What keeping everything that lives current costs in 30 days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from include.pipeline.deriving import derived_of, stretches_of
from include.pipeline.needs import freshness_of, packing_of
from include.pipeline.results import MonthView
from include.pipeline.universe import wanted_series
from include.pipeline.vendor import VendorNow
from include.planning.deriving import derived_at
from include.planning.projection import monthly_price
from include.planning.schedule import schedules
from include.planning.universe import Universe
from include.settings import Settings


def monthly_prices(
    connection: Connection, settings: Settings, vendor: VendorNow, universe: Universe
) -> dict[str, MonthView]:
    """30 days by live lane, at the settings' schedule; what is derived now stays derived."""
    lanes = schedules(timedelta(hours=settings.schedule.hourly_every_hours))
    packing, freshness = packing_of(settings, vendor), freshness_of(settings)
    series = wanted_series(universe)
    derived = derived_at(stretches_of(derived_of(connection, settings, series)), vendor.now)
    months = monthly_price(series, lanes, freshness, packing, derived, settings.series.derive_sample_buckets)
    return {lane: MonthView.of(month) for lane, month in months.items()}
