"""Which stretch of time a run is about, whatever started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from include.clock import EPOCH, iso, parse_instant


class WindowError(ValueError):
    """The asked range makes no sense; trying again cannot help."""

    next_step = "stop_run"


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)`, UTC. `exact`: somebody chose this very range, so it is not widened by the look-back."""

    start: datetime
    end: datetime
    exact: bool
    heal_before: datetime | None = None
    """Where the run's own time begins, once the window reaches back further than that."""

    def healed(self, lookback: timedelta) -> Window:
        """The same window, reaching back far enough to find what earlier runs missed."""
        if self.exact:
            return self
        return Window(min(self.start, self.end - lookback), self.end, exact=False, heal_before=self.start)


def resolve_window(context: Mapping[str, Any], cadence: timedelta) -> Window:
    """The run's window on whole steps of `cadence`.

    Params `from` and `to` win. Else the data interval, floored: a run at 10:05 is about [09:00, 10:00).
    A run without one (`airflow dags trigger`, an asset event) is about the last whole step before it.
    Raises WindowError when `from` and `to` are not both given, unreadable, or in the wrong order.
    """
    params = context["params"]
    if params.get("from") or params.get("to"):
        return _asked(params.get("from"), params.get("to"))
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    run = context["dag_run"]
    if start and end and start < end:
        return Window(_floor(start, cadence), _floor(end, cadence), exact=run.run_type == "backfill")
    end = _floor(run.run_after, cadence)
    return Window(end - cadence, end, exact=False)


def _asked(start: str | None, end: str | None) -> Window:
    if not (start and end):
        raise WindowError("give both `from` and `to`, or neither; for example 2026-03-07 and 2026-03-08T04:00:00Z")
    try:
        window = Window(parse_instant(start), parse_instant(end), exact=True)
    except ValueError as error:
        raise WindowError(str(error)) from None
    if window.start >= window.end:
        raise WindowError(f"`from` {iso(window.start)} must lie before `to` {iso(window.end)}")
    return window


def _floor(instant: datetime, step: timedelta) -> datetime:
    # Airflow hands over pendulum instants; plain ones keep arithmetic and repr the same everywhere.
    plain = datetime.fromtimestamp(instant.timestamp(), tz=UTC)
    return plain - (plain - EPOCH) % step
