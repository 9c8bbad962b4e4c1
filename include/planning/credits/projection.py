"""The cost of a month of a schedule, and of the naive reader that it replaces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from include.domain.clock import DAY, EPOCH, HOUR
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, subtract
from include.planning.credits.price import Price
from include.planning.derived_intervals import sample
from include.planning.schedule import Schedule
from include.planning.windows.coverage import Covered, Freshness, overlay
from include.planning.windows.plan import Wanted, make_plan
from include.planning.windows.windows import Packing

if TYPE_CHECKING:
    from include.settings.prices import Prices

MONTH = 30 * DAY
_SeriesOfSymbol = tuple[tuple[Series, bool], ...]
"""The series of one symbol and interval, and whether each is derived."""


@dataclass(frozen=True, slots=True)
class Month:
    """The price of 30 days of a lane, and the part of it for repeated reads of provisional buckets."""

    price: Price = field(default_factory=Price)
    reread_credits: int = 0

    def __add__(self, other: Month) -> Month:
        return Month(self.price + other.price, self.reread_credits + other.reread_credits)


def naive_price(series: Iterable[Series], start: datetime, end: datetime, prices: Prices) -> Price:
    """The price that a naive reader pays for the same rows: each series on its own, hour by hour.

    It keeps no coverage, so it also requests hours without a new bucket. An hour holds at most 12 buckets and fits
    one page of the default 100 rows.
    """
    hours = -((start - end) // HOUR)
    wanted = list(series)
    requests, rows = hours * len(wanted), sum(one.interval.points(start, end) for one in wanted)
    return Price(requests, rows, requests * prices.base_credits + rows * prices.per_row_credits)


def naive_month(series: Iterable[Series], prices: Prices) -> Price:
    """The price that the naive reader pays in 30 days."""
    return naive_price(series, EPOCH, EPOCH + MONTH, prices)


def monthly_price(
    series: Iterable[Series],
    schedules: Sequence[Schedule],
    freshness: Freshness,
    packing: Packing,
    derived: Container[Series] = (),
    sample_buckets: int = 1,
) -> dict[str, Month]:
    """The cost of 30 days in steady state, by lane, with re-reads of provisional buckets.

    The planner itself runs over an imagined vendor with a row in every bucket, so the price cannot drift from what a
    run does. Gaps and late rows come on top. Symbols with the same sources cost the same. Of the series in `derived`
    the daily lane buys only its sample of at most `sample_buckets`.
    """
    sources: dict[tuple[str, Interval], set[tuple[str, bool]]] = defaultdict(set)
    for one in series:
        sources[one.symbol, one.interval].add((one.source, one in derived))
    alike = Counter((frozenset(found), interval) for (_, interval), found in sources.items())
    months: dict[str, Month] = {schedule.lane: Month() for schedule in schedules}
    for (found, interval), symbols in alike.items():
        one_symbol = tuple((Series("any", source, interval), is_derived) for source, is_derived in sorted(found))
        paid, least = (
            _prices(one_symbol, interval, tuple(schedules), provisional, packing, sample_buckets)
            for provisional in (freshness.provisional(interval), 0)
        )
        for lane, price in paid.items():
            rereads = price.credits - least[lane].credits
            months[lane] += Month(_times(price, symbols), rereads * symbols)
    return months


@lru_cache(maxsize=512)
def _prices(
    of_symbol: _SeriesOfSymbol,
    interval: Interval,
    schedules: tuple[Schedule, ...],
    provisional_buckets: int,
    packing: Packing,
    sample_buckets: int,
) -> Mapping[str, Price]:
    """The second day after everything was read, times 30: by then each run repeats what the one a day before did.

    Remembered, since a page and its alarms show the same month again and again, and one takes tens of milliseconds.
    """
    series = dict(of_symbol)
    freshness = Freshness(provisional_buckets, recheck_gap=DAY)  # no bucket is empty, so the gap decides nothing
    days = (provisional_buckets + 2) * interval.step // DAY + 1
    begin = EPOCH + days * DAY
    coverage = {one: [Covered(TimeRange(EPOCH, begin), begin, "rows")] for one in series}
    spent: dict[str, Price] = {schedule.lane: Price() for schedule in schedules}
    for now, schedule in _runs(begin, [one for one in schedules if interval in one.intervals]):
        end = schedule.end_of(now)
        sampled = [sample(interval, end, freshness, sample_buckets)] if schedule.lane == "daily" else []
        derived = subtract([TimeRange(EPOCH, end)], sampled)
        unbought = {one: derived for one, is_derived in series.items() if is_derived}
        wanted = Wanted(tuple(series), EPOCH, end, unbought=unbought)
        plan = make_plan(wanted, coverage, {}, now=now, freshness=freshness, packing=packing)
        for one in series:
            read = [Covered(window.stretch, now, "rows") for window in plan.windows if window.holds(one)]
            coverage[one] = overlay(coverage[one], read, interval, freshness)
        if now >= begin + DAY:
            spent[schedule.lane] += plan.price
    return MappingProxyType({lane: _times(day, MONTH // DAY) for lane, day in spent.items()})


def _runs(begin: datetime, schedules: Sequence[Schedule]) -> Iterator[tuple[datetime, Schedule]]:
    """Every run of two days, in order of time."""
    starts = [
        (begin + number * schedule.every + schedule.delay, place)
        for place, schedule in enumerate(schedules)
        for number in range(2 * DAY // schedule.every)
    ]
    return ((now, schedules[place]) for now, place in sorted(starts))


def _times(price: Price, factor: int) -> Price:
    return Price(price.requests * factor, price.rows * factor, price.credits * factor)
