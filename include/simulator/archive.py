"""Every series the simulator can serve, generated or recorded, behind one query: the rows of a stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from include.domain.market import Interval, Series
from include.simulator.catalogue import Catalogue, Listing, generated_listings
from include.simulator.example import STEP_SECONDS
from include.simulator.gaps import Gaps
from include.simulator.markets import DatedMarkets
from include.simulator.noise import key_of
from include.simulator.parameters import DERIVATIVES, KALSHI, PROVISIONAL_SD
from include.simulator.replay import RecordedSeries
from include.simulator.rows import Rows
from include.simulator.values import OpenInterest, Provisional

_ANY_TIME = datetime(2100, 1, 1, tzinfo=UTC)
_FOREVER = int(_ANY_TIME.timestamp())


class SeriesData(Protocol):
    """A series that can be read anywhere; rows lie between `first` and `last` (epoch seconds, both inclusive)."""

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...

    def rows(self, start: int, end: int, now: float) -> Rows:
        """The rows in `[start, end)` epoch seconds that exist at `now`."""
        ...


class GeneratedSeries:
    """One interval's view of a generated (source, symbol): its value at T is the 5m snapshot at T."""

    def __init__(self, seed: int, listing: Listing, interval: Interval, values: OpenInterest, gaps: Gaps) -> None:
        self.first = int(listing.since.timestamp())
        self.last = int(listing.until.timestamp()) - 1 if listing.until else _FOREVER
        self._step = interval.seconds
        self._values = values
        self._gaps = gaps
        self._provisional = Provisional(key_of(seed, listing.source, listing.symbol, interval.value), PROVISIONAL_SD)

    def rows(self, start: int, end: int, now: float) -> Rows:
        """The rows in `[start, end)` epoch seconds that exist at `now`; the bucket in progress is provisional."""
        first = -(-max(start, self.first) // self._step) * self._step
        times = np.arange(first, min(end, self.last + 1, int(now) + 1), self._step, dtype=np.int64)
        index = times // STEP_SECONDS
        present = ~self._gaps.missing(index)
        times, index = times[present], index[present]
        units = self._values.units(index)
        open_now = times + self._step > now
        if open_now.any():
            phase = int((now - times[open_now][0]) * 4 // self._step)
            units = np.where(open_now, units * self._provisional.factor(index, phase), units)
        open_interest = self._values.rounded(units)
        return Rows(times, open_interest, self._values.usd(index, open_interest))


class Archive:
    """Finds a series' data; recorded series take the place of generated ones."""

    def __init__(self, seed: int, recorded: dict[Series, RecordedSeries], markets: int = 0) -> None:
        self._seed = seed
        self._listings = {(listing.source, listing.symbol): listing for listing in generated_listings()}
        self._series: dict[Series, SeriesData | None] = dict(recorded)
        listings = [_listing(series, data) for series, data in recorded.items()]
        self._markets = DatedMarkets(seed, markets)
        self.catalogue = Catalogue([*self._listings.values(), *listings], self._markets)

    def series(self, series: Series) -> SeriesData | None:
        """The series' data, or None where the source does not list the symbol."""
        if series not in self._series:
            self._series[series] = self._generated(series)
        return self._series[series]

    def _generated(self, series: Series) -> GeneratedSeries | None:
        listing = self._listings.get((series.source, series.symbol))
        if listing is None:
            return self._dated(series) if series.source == "kalshi" else None
        values = _values(self._seed, series.source, series.symbol)
        gaps = Gaps(self._seed, series.source, series.symbol)
        return GeneratedSeries(self._seed, listing, series.interval, values, gaps)

    def _dated(self, series: Series) -> GeneratedSeries | None:
        market = self._markets.find(series.symbol, _ANY_TIME)
        if market is None:
            return None
        listing = Listing(series.source, series.symbol, market.since, market.until)
        values = OpenInterest(self._seed, series.source, series.symbol, *market.shape)
        gaps = Gaps(self._seed, series.source, series.symbol)
        return GeneratedSeries(self._seed, listing, series.interval, values, gaps)


def _values(seed: int, source: str, symbol: str) -> OpenInterest:
    if source == "kalshi":
        shape, market = KALSHI[symbol]
        return OpenInterest(seed, source, symbol, shape, market)
    return OpenInterest(seed, source, symbol, DERIVATIVES[source][symbol])


def _listing(series: Series, data: RecordedSeries) -> Listing:
    return Listing(series.source, series.symbol, datetime.fromtimestamp(data.first, UTC))
