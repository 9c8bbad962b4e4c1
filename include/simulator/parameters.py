"""The fitted figures behind the generated values.

Fitted on real hourly series (Hyperliquid, March 2025 to March 2026; 500 hourly rows of Binance BTCUSDT) and on
recorded Kalshi captures, July 2026. `sigma` is the standard deviation of log open interest over one square-root hour;
jumps are absolute log moves. Figures marked assumed have no recording of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

HOUR_OF_DAY = (
    0.945, 1.035, 0.982, 0.904, 0.881, 0.852, 0.844, 0.856, 0.862, 0.882, 0.882, 0.851,
    0.915, 0.994, 1.264, 1.308, 1.184, 1.200, 1.115, 1.108, 1.106, 1.031, 1.029, 0.997,
)  # fmt: skip
"""Volatility by hour of day, UTC, fitted over five coins and a year."""
WEEKEND = 0.749
"""Volatility on Saturday and Sunday beside the working days'."""
PROVISIONAL_SD = 0.0013
"""Log change of the hour in progress between two reads 3.3 h apart (five of five series changed, up to 0.0026)."""


@dataclass(frozen=True, slots=True)
class Price:
    """A symbol's mark price: where it hovers, its log volatility over one square-root hour."""

    level_usd: float
    sigma: float


PRICES = {
    "BTC": Price(73400.0, 0.00398),
    "ETH": Price(2154.0, 0.00649),
    "SOL": Price(92.65, 0.00719),
    "HYPE": Price(31.9, 0.0104),
    "DOGE": Price(0.09762, 0.00799),
    "XRP": Price(1.42, 0.00750),  # assumed
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How one (source, symbol) moves."""

    level: float
    """The typical open interest, base asset or contracts."""
    level_sd: float
    """Standard deviation of the log level over months."""
    sigma: float
    volatility_sd: float = 0.711
    volatility_half_life_hours: float = 6.98
    jumps_per_day: float = 0.152
    jump_least: float = 0.00728
    jump_mean: float = 0.0211
    jump_negative: float = 0.45
    price_correlation: float = 0.15
    cascade: float = 0.0
    """Log drop in a market-wide liquidation, about one a year (seen: 2025-10-10, within three hours)."""
    reversion_levels: int = 13
    """The level forgets itself over `2 ** reversion_levels` steps of 5 minutes; 13 is 28 days (fitted: 18 to 50)."""


@dataclass(frozen=True, slots=True)
class Market:
    """How a Kalshi contract differs: whole or fractional contracts, quiet slots, a life of its own."""

    decimals: int = 0
    slot_steps: int = 1
    change_probability: float = 1.0
    """Share of slots in which the number of contracts changes, beside every eighth, which always does."""
    life: tuple[datetime, datetime] | None = None
    """Listed and settled; the contracts grow from 0 to the level between, and rows exist only between."""


BINANCE = {
    "BTC": Shape(90171.113, 0.20, 0.005771, cascade=-0.40),
    # Only the levels of the others are recorded; their shape is BTC's, scaled.
    "ETH": Shape(2125564.0, 0.20, 0.005771, cascade=-0.40),
    "SOL": Shape(9536501.0, 0.20, 0.006348, jump_least=0.00801, jump_mean=0.0232, cascade=-0.55),
    "HYPE": Shape(5058989.0, 0.20, 0.007502, jump_least=0.00946, jump_mean=0.0274, cascade=-0.30),
    "DOGE": Shape(1924543000.0, 0.25, 0.007502, jump_least=0.00946, jump_mean=0.0274, cascade=-0.75),
    "XRP": Shape(268000000.0, 0.25, 0.006925, jump_least=0.00874, jump_mean=0.0253, cascade=-0.55),  # assumed
}

HYPERLIQUID = {
    "BTC": Shape(23440.0, 0.350, 0.01643, 0.730, 122.0, 0.267, 0.0480, 0.1160, 0.439, 0.103, -0.675),
    "ETH": Shape(676300.0, 0.391, 0.01697, 0.699, 2.53, 0.190, 0.0324, 0.0977, 0.490, 0.0502, -0.587),
    "SOL": Shape(4087000.0, 0.403, 0.01784, 0.755, 145.0, 0.205, 0.0301, 0.0918, 0.487, 0.138, -0.885),
    "HYPE": Shape(24780000.0, 0.190, 0.007999, 0.357, 5.26, 0.144, 0.0142, 0.0565, 0.459, 0.0346, -0.406),
    "DOGE": Shape(299400000.0, 0.640, 0.01076, 0.692, 2.69, 1.400, 0.0292, 0.0866, 0.424, 0.246, -1.238),
    "XRP": Shape(51000000.0, 0.450, 0.01400, 0.700, 5.00, 0.300, 0.0300, 0.0900, 0.460, 0.100, -0.800),  # assumed
}

DERIVATIVES = {"binance_futures": BINANCE, "hyperliquid": HYPERLIQUID}
"""The symbols of each source whose contracts are worth a mark price."""

KALSHI = {
    # Captured perpetuals: median contracts and robust volatility.
    "BTC": (Shape(879297.0, 0.25, 0.0173, price_correlation=0.0, reversion_levels=11), Market()),
    "ETH": (
        Shape(1132572.0, 0.25, 0.0471, jumps_per_day=0.138, jump_least=0.1, jump_mean=0.297, price_correlation=0.0,
              reversion_levels=11),
        Market(),
    ),
    "SOL": (
        Shape(52758.0, 0.25, 0.011, jumps_per_day=0.827, jump_least=0.05, jump_mean=0.123, price_correlation=0.0,
              reversion_levels=11),
        Market(),
    ),
    # A long-dated question: daily level 13,145, unchanged on 45.7 % of days.
    "KXELONMARS-99": (
        Shape(13145.0, 0.03, 0.0011, jumps_per_day=0.02, price_correlation=0.0),
        Market(slot_steps=288, change_probability=0.478),
    ),
    # Dated questions: empty at first, quiet in 68.5 % of half hours, fractional contracts, fastest at the end.
    "KXFED-26DEC": (
        Shape(568536.0, 0.05, 0.004, price_correlation=0.0),
        Market(2, 6, 0.217, (datetime(2026, 1, 5, 15, tzinfo=UTC), datetime(2026, 12, 9, 20, tzinfo=UTC))),
    ),
    "bitcoin-above-100k-march-2026": (
        Shape(56072.9, 0.05, 0.006, price_correlation=0.0),
        Market(2, 6, 0.217, (datetime(2026, 2, 1, 15, tzinfo=UTC), datetime(2026, 4, 1, 4, tzinfo=UTC))),
    ),
}  # fmt: skip
