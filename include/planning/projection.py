"""What a way of reading costs over time: a month of this schedule, and the plain reader that it replaces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from include.clock import EPOCH
from include.kwery.contract import Interval, Series
from include.planning.coverage import Covered, Freshness, overlay
from include.planning.plan import Wanted, make_plan
from include.planning.price import Price
from include.planning.windows import Packing

if TYPE_CHECKING:
    from include.settings import Prices

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = 30 * DAY


@dataclass(frozen=True, slots=True)
class Schedule:
    """A lane in steady state: these intervals, read up to the hour or day that just ended."""

    intervals: tuple[Interval, ...]
    every: timedelta


HOURLY = Schedule((Interval.M5, Interval.M15, Interval.H1), HOUR)
DAILY = Schedule((Interval.H4, Interval.D1), DAY)


def naive_price(series: Iterable[Series], start: datetime, end: datetime, prices: Prices) -> Price:
    """What a plain reader pays for the same rows: each series by itself, hour by hour.

    It keeps no coverage, so it asks also in hours that hold no new bucket. An hour holds at most 12 buckets and fits
    one page of the default 100 rows.
    """
    hours = -((start - end) // HOUR)
    wanted = list(series)
    requests, rows = hours * len(wanted), sum(one.interval.points(start, end) for one in wanted)
    return Price(requests, rows, requests * prices.base_credits + rows * prices.per_row_credits)


def monthly_price(
    series: Sequence[Series], freshness: Freshness, packing: Packing, schedules: Iterable[Schedule] = (HOURLY, DAILY)
) -> Price:
    """What 30 days in steady state cost, re-reads of provisional buckets included.

    Found by running the planner itself over an imagined vendor with a row in every bucket, so it cannot drift from
    what a run does. Each run starts at the end of its interval; holes and late rows come on top. Symbols share no
    request, so those that are wanted alike are priced once.
    """
    wanted: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        wanted[one.symbol].append(replace(one, symbol=""))
    alike = Counter(tuple(dict.fromkeys(found)) for found in wanted.values())
    each = [(_month(one, found, freshness, packing), times) for one in schedules for found, times in alike.items()]
    return sum((Price(p.requests * times, p.rows * times, p.credits * times) for p, times in each), Price())


def _month(schedule: Schedule, series: Sequence[Series], freshness: Freshness, packing: Packing) -> Price:
    kept = tuple(one for one in series if one.interval in schedule.intervals)
    if not kept:
        return Price()
    longest = max(one.interval.step for one in kept)
    tail = max(freshness.provisional(one.interval) for one in kept)
    warm_up = (tail + 2) * longest // schedule.every + 1
    measured = max(1, DAY // schedule.every)
    runs = list(_runs(schedule, kept, freshness, packing, warm_up + measured))
    day = sum(runs[warm_up:], Price())
    times = MONTH // (measured * schedule.every)
    return Price(day.requests * times, day.rows * times, day.credits * times)


def _runs(
    schedule: Schedule, series: tuple[Series, ...], freshness: Freshness, packing: Packing, count: int
) -> Iterator[Price]:
    coverage: dict[Series, list[Covered]] = {one: [] for one in series}
    for number in range(1, count + 1):
        now = EPOCH + number * schedule.every
        plan = make_plan(Wanted(series, EPOCH, now), coverage, {}, now=now, freshness=freshness, packing=packing)
        for one in series:
            read = [Covered(window.stretch, now, "rows") for window in plan.windows if window.holds(one)]
            coverage[one] = overlay(coverage[one], read, one.interval, freshness)
        yield plan.price
