"""Which stretch of time a run is about, whatever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from include.domain.clock import EPOCH, iso, parse_instant, utc_now
from include.planning.schedule import reaches_back_to
from include.planning.windows.askable_range import in_future, not_storable
from oi_airflow.cadence import cadence
from oi_airflow.params import RunRefused


@dataclass(frozen=True, slots=True)
class RunRange:
    """`[start, end)`, UTC. `exact`: somebody chose this very range, so it is not widened by the look-back."""

    start: datetime
    end: datetime
    exact: bool
    heal_before: datetime | None = None
    """Where the run's own time begins, once the range reaches back further than that."""

    def healed(self, lookback: timedelta, step: timedelta) -> RunRange:
        """The same range, reaching back far enough to find what earlier runs missed."""
        if self.exact:
            return self
        start = reaches_back_to(self.start, lookback, step)
        return RunRange(start, self.end, exact=False, heal_before=self.start)


def wanted_range(context: Mapping[str, Any], lookback_days: int) -> RunRange:
    """The run's range, widened by the look-back unless a person or a backfill asked for just this time."""
    step = cadence(context["params"]["lane"])
    wanted = resolve_range(context, step)
    return wanted if context["params"]["reread"] else wanted.healed(timedelta(days=lookback_days), step)


def resolve_range(context: Mapping[str, Any], step: timedelta) -> RunRange:
    """The run's range on whole steps of its lane.

    Params `from` and `to` win. Else the data interval, floored: a run at 10:05 is about [09:00, 10:00).
    A run without one (`airflow dags trigger`, an asset event) is about the last whole step before it.
    Raises RunRefused when `from` and `to` are not both given, unreadable, in the wrong order, or all in the future.
    """
    params = context["params"]
    if params.get("from") or params.get("to"):
        return _asked(params.get("from"), params.get("to"))
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    run = context["dag_run"]
    if start and end and start < end:
        return RunRange(_floor(start, step), _floor(end, step), exact=run.run_type == "backfill")
    end = _floor(run.run_after, step)
    return RunRange(end - step, end, exact=False)


def _asked(start: str | None, end: str | None) -> RunRange:
    if not (start and end):
        raise RunRefused(
            "Only one of `from` and `to` is set. Nothing was bought.\n"
            "Next: give both or neither; for example 2026-03-07 and 2026-03-08T04:00:00Z."
        )
    try:
        found = RunRange(parse_instant(start), parse_instant(end), exact=True)
    except ValueError as error:
        raise RunRefused(f"{error}. Nothing was bought.\nNext: correct the params and trigger it again.") from None
    if found.start >= found.end:
        raise RunRefused(
            f"`from` {iso(found.start)} must lie before `to` {iso(found.end)}. Nothing was bought.\n"
            "Next: correct the two and trigger it again."
        )
    if problem := not_storable(found.start, found.end) or in_future(found.start, utc_now()):
        raise RunRefused(f"{problem}. Nothing was bought.\nNext: correct `from` and `to` and trigger it again.")
    return found


def _floor(instant: datetime, step: timedelta) -> datetime:
    # Airflow hands over pendulum instants; plain ones keep arithmetic and repr the same everywhere.
    plain = datetime.fromtimestamp(instant.timestamp(), tz=UTC)
    return plain - (plain - EPOCH) % step
