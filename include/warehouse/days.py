"""Open interest packed by day, stored for the marts: computed from the answers again wherever there are new ones.

A day is computed after its rows were published, and the day computed last stands. So batches published side by side,
repeated or in any order leave what all answers give; `checks/open_interest_daily.sql` compares both with what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from include.domain.time_range import TimeRange, merge, subtract
from include.warehouse.session import Session

FILL = "fills/open_interest_days.sql"
STRETCHES_A_STATEMENT = 2_000
"""A server takes parameters of 1 MiB; symbols may be long."""
SeriesKey = tuple[str, str, str]
"""Source, interval, symbol."""
RangesBySeries = dict[SeriesKey, list[TimeRange]]


@dataclass(frozen=True, slots=True)
class DaysOfBatch:
    """The days of a batch whose rows are in history.

    `bounds` are those of its audit, `read_from` is the engine's clock before history was read for the rest. `is_alone`:
    no other batch has rows on its days, and it has one answer to each bucket.
    """

    bounds: Mapping[str, Any]
    read_from: int
    is_alone: bool


def read_clock(session: Session) -> int:
    """The engine's clock in microseconds: days that are computed from what is read after it stand over earlier ones."""
    clock: int = session.rows("open_interest/days/read_from.sql")[0][0]
    return clock


def store_days_of_batch(session: Session, batch_id: str, of_batch: DaysOfBatch) -> None:
    """Stores the days that a published batch has rows of.

    Most batches have nothing to do with derived rows, and the engine takes twice the time to plan a query that has.
    """
    ((is_derived,),) = session.rows("open_interest/days/derived_of.sql", dict(of_batch.bounds))
    alone = "of_lone_batch" if of_batch.is_alone else "of_batch"
    script = f"open_interest/days/{'of_batch_and_derived' if is_derived else alone}.sql"
    session.run(script, {"batch_id": batch_id, "read_from": of_batch.read_from, **of_batch.bounds})


def store_days_of_derived(session: Session, before: RangesBySeries, after: RangesBySeries) -> None:
    """Stores the days on which a series is derived over other stretches than before."""
    changed = [(*series, *days) for series in before | after for days in _changed_days(series, before, after)]
    for begin in range(0, len(changed), STRETCHES_A_STATEMENT):
        some = changed[begin : begin + STRETCHES_A_STATEMENT]
        symbols = sorted({symbol for _, _, symbol, _, _ in some})
        first, last = min(one[3] for one in some), max(one[4] for one in some)
        session.run(
            "open_interest/days/of_derived.sql", {"changed": some, "symbols": symbols, "first": first, "last": last}
        )


def store_all_days(session: Session) -> None:
    """Stores every day that has rows."""
    session.run(FILL)


@dataclass(frozen=True, slots=True)
class DerivedStretches:
    """Over which time each series is derived: as stored, and as its stored days have it."""

    stored: RangesBySeries
    of_days: RangesBySeries


def derived_stretches(session: Session) -> DerivedStretches:
    """Both are equal but where a crash came between storing the stretches and the days."""
    stored: RangesBySeries = {}
    of_days: RangesBySeries = {}
    for *series, starts, ends, starts_of_days, ends_of_days in session.rows("open_interest/days/stretches.sql"):
        source, interval, symbol = series
        stored[source, interval, symbol] = _stretches(starts, ends)
        of_days[source, interval, symbol] = _stretches(starts_of_days, ends_of_days)
    return DerivedStretches(stored, of_days)


def _stretches(starts: list[datetime], ends: list[datetime]) -> list[TimeRange]:
    return [TimeRange(*edges) for edges in zip(starts, ends, strict=True)]


def _changed_days(series: SeriesKey, before: RangesBySeries, after: RangesBySeries) -> Iterator[tuple[date, date]]:
    """The first and the last day of each stretch over which the series was or is derived, and not both."""
    was, now = before.get(series, []), after.get(series, [])
    for changed in merge([*subtract(was, now), *subtract(now, was)]):
        yield changed.start.date(), (changed.end - timedelta(microseconds=1)).date()
