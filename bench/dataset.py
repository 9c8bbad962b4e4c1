"""The rows of the benchmark: ten symbols, three sources, five intervals, from 2022 on; the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from include.domain.clock import iso
from include.domain.market import SOURCES, Interval

START = datetime(2022, 1, 1, tzinfo=UTC)
PRICES_USD = {
    "BTC": 94_352,
    "ETH": 3_421,
    "SOL": 187,
    "XRP": 2,
    "BNB": 655,
    "AVAX": 38,
    "LINK": 17,
    "LTC": 104,
    "BCH": 440,
    "UNI": 9,
}
SYMBOLS = tuple(PRICES_USD)
SWING = 20_011
"""A prime: the number of different values, in hundredths, before open interest repeats."""


@dataclass(frozen=True)
class Dataset:
    """Every row with a timestamp in `[START, end)`."""

    end: datetime

    @classmethod
    def of_at_least(cls, rows: int) -> Dataset:
        """The shortest dataset, on the five-minute grid, that holds `rows` rows (it holds a few more)."""
        a_day = len(SYMBOLS) * len(SOURCES) * sum(i.points(START, START + timedelta(days=1)) for i in Interval)
        dataset = cls(Interval.M5.floor(START + timedelta(days=max(0, rows - 1) // a_day)))
        while dataset.rows < rows:
            dataset = cls(dataset.end + Interval.M5.step)
        return dataset

    @property
    def rows(self) -> int:
        return len(SYMBOLS) * len(SOURCES) * sum(interval.points(START, self.end) for interval in Interval)

    def hundredths(self) -> int:
        """The sum of open interest over all rows, in hundredths: what the warehouse must add up to."""
        return sum(self.hundredths_of(interval, interval.points(START, self.end)) for interval in Interval)

    def hundredths_of(self, interval: Interval, points: int) -> int:
        """The same sum over the first `points` buckets of one interval."""
        return sum(
            _hundredths(symbol, position, source)
            for symbol in SYMBOLS
            for position in range(0, points * interval.seconds, interval.seconds)
            for source in range(len(SOURCES))
        )

    def stream(self, symbol: str, interval: Interval) -> list[bytes]:
        """The JSON rows of one symbol and interval, by time, the sources side by side."""
        return [
            _row(symbol, source, interval, position)
            for position in _positions(interval, self.end)
            for source in range(len(SOURCES))
        ]


def _positions(interval: Interval, end: datetime) -> Iterator[int]:
    """Seconds after START of each bucket."""
    return iter(range(0, interval.points(START, end) * interval.seconds, interval.seconds))


def _hundredths(symbol: str, position: int, source: int) -> int:
    amount = 5_000_000 + (position // 300 * 37 + len(symbol) * 1_009 + source * 503) % SWING
    return amount * 100 if SOURCES[source] == "kalshi" else amount  # contracts are whole


def _row(symbol: str, source: int, interval: Interval, position: int) -> bytes:
    amount = _hundredths(symbol, position, source)
    usd = amount * (1 if SOURCES[source] == "kalshi" else PRICES_USD[symbol])
    timestamp = iso(START + timedelta(seconds=position))
    return (
        f'{{"timestamp":"{timestamp}","symbol":"{symbol}","source":"{SOURCES[source]}","interval":"{interval}",'
        f'"open_interest":{amount / 100},"open_interest_usd":{usd / 100}}}'
    ).encode()
