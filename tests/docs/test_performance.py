"""What docs/performance.md derives from rates and prices is what the code computes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.domain.market import SOURCES, Interval, Series
from include.ledger.credits.rate_limit import Rate, reading_time
from include.settings import ROOT
from include.simulator.plans import PLANS
from tests.docs.test_costs import line, price_of

PAGE = (ROOT / "docs" / "performance.md").read_text()
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("symbols", [1, 3, 40, 110])
def test_a_year_takes_as_long_as_the_plan_admits_its_requests(symbols: int) -> None:
    series = [Series("BTC", source, interval) for source in SOURCES for interval in Interval]
    year = price_of(series, datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    times = [_time_of(plan, symbols * year.requests) for plan in ("pro", "business")]
    assert line(symbols, symbols * year.rows, symbols * year.requests, *times) in PAGE


def _time_of(plan: str, requests: int) -> str:
    took = reading_time([Rate(one.requests, timedelta(seconds=one.seconds)) for one in PLANS[plan].rates], requests)
    assert took is not None
    hours, seconds = divmod(round(took / SECOND), 3600)
    return f"{hours}h{seconds // 60:02d}" if hours else f"{seconds // 60} min {seconds % 60} s"
