"""Coarse intervals beside the 5m snapshots: the comparison that proves them equal, and what is derived by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from include.domain.market import Interval
from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


class ComparedDay(NamedTuple):
    """The final buckets of one series and day beside the 5m rows at the same times; `difference` is the first."""

    symbol: str
    source: str
    interval: str
    day: date
    sampled: int
    equal: int
    difference: str | None


def compare(
    session: Session, since: Mapping[Interval, datetime], open_steps: Mapping[Interval, int]
) -> list[ComparedDay]:
    """Compares every bucket from `since` of its interval on that was read when it was final, as told coverage says.

    A bucket is final `open_steps` intervals after it began.
    """
    parameters = {
        "earliest": min(since.values()),
        "intervals": [interval.value for interval in since],
        "since": [int(moment.timestamp()) for moment in since.values()],
        "open_steps": [open_steps[interval] for interval in since],
    }
    return [ComparedDay(*row) for row in session.rows("read/compared.sql", parameters)]


def tell(session: Session, derived: pa.Table) -> None:
    """Stores over which time each series is derived, with the columns of ledger_derived; an older telling is undone."""
    if derived.num_rows:
        session.insert("ledger_derived", derived)
