from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from include.domain.market import Interval
from include.ledger.credits.observed_charges import observe
from include.ledger.database.engine import open_ledger
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import scope_of
from include.planning.credits.worst_case import ObservedCharge
from include.settings import Settings, load_settings
from tests import clock

DAY = timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"OI_HOME": str(tmp_path)})


def priced(settings: Settings, buckets: int) -> tuple[int, int, list[str]]:
    """Price, most that is charged, and the sentence about it, of that many 5m buckets of one source."""
    start = Interval.D1.floor(clock.now()) - 30 * DAY
    wanted = scope_of(
        settings,
        start=start,
        end=start + buckets * Interval.M5.step,
        intervals=(Interval.M5,),
        symbols=("BTC",),
        sources=("kalshi",),
    )
    seen = preview(settings, "backfill", wanted)
    return seen.price.credits, seen.at_most_credits, [one for one in seen.compared() if one.startswith("At most")]


def test_a_price_that_cannot_be_exceeded_stands_alone(settings: Settings) -> None:
    assert priced(settings, 24) == (122, 122, [])


def test_an_empty_answer_after_a_full_page_is_named(settings: Settings) -> None:
    limit = settings.api.row_cap
    price, most, [sentence] = priced(settings, limit)
    assert (price, most - price) == (50 + 3 * limit, 50)
    assert "an empty one after it" in sentence


def test_answers_dearer_than_the_table_raise_the_most(settings: Settings) -> None:
    """One answer of 24 rows cost 146: 4 credits a row."""
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        observe(connection, 1, ObservedCharge(1000, 24, 146), settings.prices, clock.now())
    price, most, [sentence] = priced(settings, 24)
    assert (price, most) == (122, 146)
    assert sentence.startswith("At most 146 credits are charged: answers cost more than the price table says")
