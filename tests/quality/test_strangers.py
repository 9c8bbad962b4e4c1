from __future__ import annotations

import pytest

from include.domain.market import SOURCES
from include.quality.strangers import is_stranger

VENUES = [
    "deribit", "okx", "OKX", "bybit", "bybit_perp", "bitfinex", "bitget", "bitmex", "kraken", "kraken_futures", "huobi",
    "coinbase", "dydx", "gmx", "polymarket", "kucoin", "gate.io", "hashkey", "cme", "vertex", "drift", "aevo",
    "paradex", "lighter", "crypto.com", "woo x", "phemex", "mexc",
]  # fmt: skip
SPELLINGS = [
    "HL", "hyper_liquid", "Hyper Liquid", "HYPERLIQUID", "hyperlquid", "hyper", "hyperliquid_perp", "binance",
    "Binance Futures", "binance-futures", "binancefutures", "binanace", "bnf", "BN", "kalshi_v2", "kalsh", "KLS",
    "kalshy", "k\u0430lshi",
]  # fmt: skip
NO_NAMES = [
    "",
    " ",
    "all",
    "ALL",
    "any",
    "null",
    "N/A",
    "n.a.",
    "none",
    "3",
    "0",
    "-",
    "unknown",
    "true",
    "other",
    "total",
]


@pytest.mark.parametrize("word", VENUES)
def test_a_venue_of_its_own_is_a_stranger(word: str) -> None:
    assert is_stranger(word)


@pytest.mark.parametrize("word", [*SOURCES, *SPELLINGS, *NO_NAMES])
def test_a_known_source_in_another_spelling_and_no_name_are_no_strangers(word: str) -> None:
    assert not is_stranger(word)
