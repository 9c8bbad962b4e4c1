"""What the generated archive holds: symbols, sources, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from include.domain.market import SOURCES
from include.simulator.markets import DatedMarket, DatedMarkets
from include.simulator.parameters import DERIVATIVES, KALSHI

SOURCE_LABELS = {"binance_futures": "Binance Futures", "hyperliquid": "Hyperliquid", "kalshi": "Kalshi"}
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_LISTED = {"HYPE": datetime(2024, 12, 1, tzinfo=UTC)}
_KALSHI_BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
_NAMES = {
    "BTC": "Bitcoin",
    "ETH": "Ethereum",
    "SOL": "Solana",
    "HYPE": "Hyperliquid",
    "DOGE": "Dogecoin",
    "XRP": "XRP",
    "KXELONMARS-99": "Will Elon Musk visit Mars before 2099?",
    "KXFED-26DEC": "Federal funds rate after the December 2026 meeting",
    "bitcoin-above-100k-march-2026": "Bitcoin above $100,000 in March 2026?",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One (source, symbol): rows exist from `since`, and before `until` where it settles."""

    source: str
    symbol: str
    since: datetime
    until: datetime | None = None


def generated_listings() -> list[Listing]:
    """Everything that can be generated, in the vendor's order of sources."""
    derivatives = [
        Listing(source, symbol, _LISTED.get(symbol, _BEGINNING))
        for source, shapes in DERIVATIVES.items()
        for symbol in shapes
    ]
    return derivatives + [_kalshi(symbol) for symbol in KALSHI]


def _kalshi(symbol: str) -> Listing:
    life = KALSHI[symbol][1].life
    return Listing("kalshi", symbol, *life) if life else Listing("kalshi", symbol, _KALSHI_BEGINNING)


@dataclass(frozen=True, slots=True)
class SymbolEntry:
    """One line of `/v1/symbols`."""

    symbol: str
    name: str
    sources: tuple[str, ...]
    earliest: datetime


class Catalogue:
    """The symbols on offer at any time, and the sources that list them."""

    def __init__(self, listings: list[Listing], markets: DatedMarkets) -> None:
        by_symbol: dict[str, list[Listing]] = {}
        for listing in listings:
            by_symbol.setdefault(listing.symbol, []).append(listing)
        self.lasting = {symbol: _entry(symbol, found) for symbol, found in by_symbol.items()}
        self.markets = markets

    def find(self, symbol: str, now: datetime) -> SymbolEntry | None:
        """The symbol, listed or settled long ago; None where it is not known, or not yet."""
        if symbol in self.lasting:
            return self.lasting[symbol]
        market = self.markets.find(symbol, now)
        return _market_entry(market) if market else None

    def listed(self, now: datetime) -> list[SymbolEntry]:
        """What `/v1/symbols` names at `now`."""
        return [*self.lasting.values(), *(_market_entry(market) for market in self.markets.listed(now))]

    def symbols_of(self, source: str, now: datetime) -> list[str]:
        return [entry.symbol for entry in self.listed(now) if source in entry.sources]


def _entry(symbol: str, listings: list[Listing]) -> SymbolEntry:
    listed = {listing.source for listing in listings}
    sources = tuple(source for source in SOURCES if source in listed)
    return SymbolEntry(symbol, _NAMES.get(symbol, symbol), sources, min(listing.since for listing in listings))


def _market_entry(market: DatedMarket) -> SymbolEntry:
    return SymbolEntry(
        market.slug, f"A question that settles at {market.until:%Y-%m-%d %H:%M}", ("kalshi",), market.since
    )
