from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.simulator.markets import LISTED_AFTER_SETTLEMENT, DatedMarkets
from tests.simulator.conftest import NOW, MakeCaller

HOUR = timedelta(hours=1)
MARKETS = DatedMarkets(7, 400)


def test_the_number_of_open_markets_is_constant() -> None:
    """They live for hours to months."""
    for moment in (NOW, NOW + timedelta(days=200)):
        listed = list(MARKETS.listed(moment))
        open_now = [market for market in listed if market.since <= moment < market.until]
        assert len(open_now) == len({market.slug for market in open_now}) == 400
        assert all(moment - LISTED_AFTER_SETTLEMENT < market.until for market in listed)
        lives = [market.until - market.since for market in open_now]
        assert min(lives) < 13 * HOUR
        assert max(lives) > timedelta(days=30)


def test_a_market_is_known_again_by_its_slug_from_its_birth_on() -> None:
    for market in MARKETS.listed(NOW):
        assert MARKETS.find(market.slug, NOW) == market
        assert MARKETS.find(market.slug, market.since - HOUR) is None
    assert MARKETS.find("KXDAY-00001-26XXX0101", NOW) is None
    assert MARKETS.find("KXDAY-99999-26MAR2012", NOW) is None
    assert MARKETS.find("BTC", NOW) is None


def test_the_list_of_markets_changes_with_the_clock(caller: MakeCaller) -> None:
    """A settled market keeps its rows."""
    ask = caller(markets=50)
    names = {entry["symbol"] for entry in ask.page("symbols").body["symbols"]}
    settled = next(one for one in DatedMarkets(7, 50).listed(NOW) if one.until - one.since < 13 * HOUR)
    assert settled.slug in names

    later = caller(markets=50, now=datetime(2026, 4, 20, tzinfo=UTC))
    assert settled.slug not in {entry["symbol"] for entry in later.page("symbols").body["symbols"]}
    whole = {"start": "2026-03-15T00:00:00Z", "end": "2026-03-25T00:00:00Z", "interval": "1h", "limit": 1000}
    rows = later.ask(symbol=settled.slug, source=None, **whole).rows
    assert {row["source"] for row in rows} == {"kalshi"}
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert settled.since <= min(times) <= max(times) < settled.until
    assert later.ask(symbol="KXDAY-00001-27MAR2012").body["error"] == "invalid_symbol"
