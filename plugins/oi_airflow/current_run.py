"""The run that a task belongs to, in the pipeline's terms: the same in every task and every retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include.configuration.text import clean_symbol
from oi_airflow.kwery_hook import KweryHook
from oi_airflow.params import RunRefused
from oi_airflow.run_range import wanted_range

if TYPE_CHECKING:
    from include.pipeline.scope.scope import RunSpec, Scope
    from include.settings import Settings
    from include.settings.budget import Lane


@dataclass(frozen=True)
class CurrentRun:
    """Settings, the run's identity in the ledger, what it wants, and when it began or was last cleared."""

    settings: Settings
    spec: RunSpec
    scope: Scope
    began: datetime


def current_run() -> CurrentRun:
    """Works out the run from the task's context; call it inside a task.

    Raises RunRefused when the params name nothing that can be read.
    """
    from include.domain.market import Interval
    from include.pipeline.scope.scope import scope_of
    from include.planning.windows.order import Order

    context = get_current_context()
    params = context["params"]
    settings = KweryHook().settings()
    wanted = wanted_range(context, settings.plan.lookback_days)
    spec = run_spec(context)
    try:
        scope = scope_of(
            settings,
            lane_intervals=tuple(Interval.parse(text) for text in params["intervals"]),
            symbols=[clean_symbol(symbol) for symbol in params.get("symbols") or ()],
            sources=params.get("sources"),
            start=wanted.start,
            end=wanted.end,
            heal_before=wanted.heal_before,
            order=Order(params.get("order", Order.OLDEST_FIRST)),
            reread_for=spec.run_id if params["reread"] else None,
        )
    except ValueError as error:
        raise RunRefused(f"{error}. Nothing was bought.\nNext: correct the params and trigger it again.") from None
    return CurrentRun(settings, spec, scope, _began(context))


def run_spec(context: Mapping[str, Any]) -> RunSpec:
    """The run as the ledger books it; Airflow's own backfills spend the backfill lane's share."""
    from include.pipeline.scope.scope import RunSpec

    run, params = context["dag_run"], context["params"]
    lane: Lane = "backfill" if run.run_type == "backfill" else params["lane"]
    return RunSpec(
        run_id=ledger_run_id(run.dag_id, run.run_id),
        lane=lane,
        max_credits=params["max_credits"],
        one_process=False,
        read_until=_read_until(_began(context), params.get("max_minutes")),
        scheduled=run.run_type == "scheduled",
    )


def _began(context: Mapping[str, Any]) -> datetime:
    began: datetime = context["dag_run"].start_date  # it has begun where one of its tasks runs
    return began


def _read_until(began: datetime, minutes: int | None) -> datetime | None:
    """Clearing a run restarts its time."""
    return None if minutes is None else began + timedelta(minutes=minutes)


def ledger_run_id(dag_id: str, run_id: str) -> str:
    """Airflow's names for the run, joined, with the characters that are safe in file names."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{dag_id}.{run_id}")
