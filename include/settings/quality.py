"""Section `quality`: bounds of the rules."""

from __future__ import annotations

from pydantic import Field, field_validator

from include.configuration.text import clean_symbol
from include.configuration.unquoted import Text
from include.settings.fields import Count, Section, Share


class Quality(Section):
    """Bounds of the rules."""

    max_open_interest: float = Field(1e15, gt=0)
    """Contracts or coins; a larger value is quarantined."""
    max_open_interest_usd: float = Field(1e15, gt=0)
    """US dollars; a larger value is quarantined."""
    max_bad_share: Share = 0.5
    """A series with a larger share of bad rows in a batch is held back, if it has `min_rows_to_block` rows there."""
    min_rows_to_block: Count = 20
    """Rows of a series in a batch from which `max_bad_share` counts."""
    implied_price_band: float = Field(5.0, gt=1)
    """Factor by which usd / oi may differ from its series' median before a warning of a changed unit."""
    restatement_share: Share = 0.05
    """A value that the vendor changes by more than this share is reported with both values."""
    symbol_aliases: dict[Text, Text] = {}
    """Symbols of rows that stand for a requested one, such as BTCUSDT: BTC."""

    @field_validator("symbol_aliases")
    @classmethod
    def _clean_symbols(cls, value: dict[str, str]) -> dict[str, str]:
        return {clean_symbol(alias): clean_symbol(symbol) for alias, symbol in value.items()}
