"""The vendor's clock and the workers', as answers last showed them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from include.domain.clock import CLOCK_TOLERANCE, DAY, Clocks, booted_at, utc_now
from include.ledger.database.models.places import ClockRow
from include.ledger.database.process_id import place_of, this_process

_REMEMBERED = 30 * DAY
"""Places not seen for longer are deleted: each container is a place."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The two clocks at a place, at one moment."""

    place: str
    clocks: Clocks
    noted_at: datetime
    """The time by the clock that counted."""
    booted_at: datetime | None = None
    """When the machine of that place started, by its clock then."""

    @property
    def is_of_same_clock(self) -> bool:
        """True when this machine's clock was not set since, nor started again with the machine."""
        return self.booted_at is not None and abs(booted_at() - self.booted_at) <= CLOCK_TOLERANCE

    def is_from(self, now: datetime, at_most: timedelta) -> bool:
        """True when at most `at_most` has passed since, and the worker's clock was not set back meanwhile."""
        return -CLOCK_TOLERANCE <= now - self.clocks.worker <= at_most


def note(connection: Connection, process_id: str, seen: Clocks, booted_at: datetime | None = None) -> None:
    """Stores what an answer showed at the place of `process_id`, and replaces what that place saw before.

    `booted_at` is when its machine started, by the clock that saw the answer.
    """
    if seen.vendor is None:
        return
    place = place_of(process_id)
    values: dict[str, object] = {
        "worker_time": seen.worker,
        "vendor_time": seen.vendor,
        "noted_at": seen.for_records,
        "booted_at": booted_at,
    }
    if not seen.differ:
        values["agreed_at"] = seen.vendor
    changed = connection.execute(update(ClockRow).where(ClockRow.place == place).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(ClockRow).values(values | {"place": place}))
    connection.execute(delete(ClockRow).where(ClockRow.noted_at < seen.for_records - _REMEMBERED))


def all_seen(connection: Connection) -> list[Seen]:
    """What each place last saw, newest first."""
    statement = select(ClockRow.__table__).order_by(ClockRow.noted_at.desc())
    return [
        Seen(row.place, Clocks(row.worker_time, row.vendor_time), row.noted_at, row.booted_at)
        for row in connection.execute(statement)
    ]


def seen_here(connection: Connection, process_id: str) -> Seen | None:
    """What the place of `process_id` last saw."""
    place = place_of(process_id)
    return next((seen for seen in all_seen(connection) if seen.place == place), None)


def agreed_at(connection: Connection) -> datetime | None:
    """The latest moment at which the vendor and some worker agreed."""
    return connection.execute(select(func.max(ClockRow.agreed_at))).scalar()


def clocks_now(connection: Connection, process_id: str | None = None, now: datetime | None = None) -> Clocks:
    """Both clocks now. The vendor's is taken from what this place last saw, else from the newest of any place.

    It is unknown where that place's clock was set back since.
    """
    worker = now or utc_now()
    agreed = agreed_at(connection)
    found = all_seen(connection)
    place = place_of(process_id or this_process())
    seen = next((one for one in found if one.place == place), found[0] if found else None)
    if seen is None or seen.clocks.vendor is None or not seen.is_from(worker, timedelta.max):
        return Clocks(worker, None, agreed)
    return Clocks(worker, seen.clocks.vendor + (worker - seen.clocks.worker), agreed)
