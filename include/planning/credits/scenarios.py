"""Scenarios that keep series current: fewer intervals, less frequent runs, derived intervals; price and age of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import product

from include.domain.clock import DAY
from include.domain.market import Interval, Series
from include.planning.credits.price import Price
from include.planning.credits.projection import monthly_price
from include.planning.schedule import final_age, newest_age, schedules
from include.planning.windows.coverage import Freshness
from include.planning.windows.windows import Packing
from include.settings.schedule import HOURLY_INTERVALS

Intervals = tuple[Interval, ...]
INTERVAL_SETS: tuple[Intervals, ...] = (
    tuple(Interval),
    (Interval.M15, Interval.H1, Interval.H4, Interval.D1),
    (Interval.H1, Interval.H4, Interval.D1),
    (Interval.M5,),
    (Interval.H1,),
    (Interval.H4, Interval.D1),
    (Interval.D1,),
)
EVERY_HOURS = (1, 4, 6, 12, 24)
"""The hours between hourly runs that are compared."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Intervals and how often they are read; `hourly_every` is None where the hourly lane has nothing to read."""

    intervals: Intervals
    hourly_every: timedelta | None
    derived: bool = False
    """True where only 5m is bought, and the others are derived from it."""

    @classmethod
    def of(cls, intervals: Iterable[Interval], hourly_every: timedelta, derive: bool = False) -> Scenario:
        """The scenario of these settings, finest interval first; deriving needs 5m and another interval."""
        wanted = frozenset(intervals)
        ordered = tuple(interval for interval in Interval if interval in wanted)
        derivable = Interval.M5 in wanted and len(wanted) > 1
        return cls(ordered, hourly_every if wanted & set(HOURLY_INTERVALS) else None, derive and derivable)

    def derives(self, interval: Interval) -> bool:
        """True when the interval is derived from 5m."""
        return self.derived and interval is not Interval.M5


@dataclass(frozen=True, slots=True)
class PricedScenario:
    """A scenario, its price for 30 days, and the age of its finest interval's rows at worst."""

    scenario: Scenario
    price: Price
    newest_age: timedelta
    """Of the newest row, by its timestamp."""
    final_age: timedelta
    """Of the newest final row."""

    @property
    def rank(self) -> tuple[timedelta, int, int]:
        """A key to sort by, the best first: the freshest, then the most intervals, then the cheapest."""
        return self.newest_age, -len(self.scenario.intervals), self.price.credits


def price_scenarios(
    streams: Iterable[tuple[str, str]], present: Scenario, freshness: Freshness, packing: Packing, sample_buckets: int
) -> list[PricedScenario]:
    """Every scenario for these (symbol, source) pairs, cheapest first; `present` is always among them.

    Derived intervals cost their daily sample, of `sample_buckets` at most: the price once all are proven.
    """
    pairs = list(streams)
    often = [timedelta(hours=hours) for hours in EVERY_HOURS]
    often += [present.hourly_every] if present.hourly_every else []
    choices = product(INTERVAL_SETS, often, (False, True))
    scenarios = {present, *(Scenario.of(wanted, every, derive) for wanted, every, derive in choices)}

    @cache
    def month(interval: Interval, every: timedelta, is_derived: bool) -> Price:
        series = [Series(symbol, source, interval) for symbol, source in pairs]
        derived = set(series) if is_derived else set()
        lanes = monthly_price(series, schedules(every), freshness, packing, derived, sample_buckets)
        return sum((lane.price for lane in lanes.values()), Price())

    def priced(scenario: Scenario) -> PricedScenario:
        every, finest = scenario.hourly_every or DAY, scenario.intervals[0]
        price = sum((month(interval, every, scenario.derives(interval)) for interval in scenario.intervals), Price())
        return PricedScenario(scenario, price, newest_age(finest, every), final_age(finest, every, freshness))

    return sorted((priced(scenario) for scenario in scenarios), key=lambda one: (one.price.credits, one.rank))


def cheapest_as_fresh(options: Iterable[PricedScenario], present: PricedScenario) -> PricedScenario:
    """The cheapest whose newest and newest final rows are no older than now."""
    fresh = (one for one in options if one.newest_age <= present.newest_age and one.final_age <= present.final_age)
    return min(fresh, key=lambda option: option.price.credits)


def best_within(options: Iterable[PricedScenario], credits: int) -> PricedScenario | None:
    """The best whose month these credits pay; None when none does."""
    return min((one for one in options if one.price.credits <= credits), key=lambda option: option.rank, default=None)
