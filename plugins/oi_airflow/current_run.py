"""The run that a task belongs to, in the pipeline's words: the same answer in every task and every retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from oi_airflow.cadence import cadence
from oi_airflow.kwery_hook import KweryHook
from oi_airflow.window import Window, resolve_window

if TYPE_CHECKING:
    from include.pipeline import RunSpec, Scope
    from include.settings import Lane, Settings


@dataclass(frozen=True)
class CurrentRun:
    """Settings, the run's identity in the ledger, and what it wants."""

    settings: Settings
    spec: RunSpec
    scope: Scope


def current_run() -> CurrentRun:
    """Works out the run from the task's context; to be called inside a task."""
    from include.kwery.contract import Interval
    from include.pipeline import scope_of

    context = get_current_context()
    params = context["params"]
    settings = KweryHook().settings()
    window = wanted_window(context, settings.plan.lookback_days)
    intervals = tuple(Interval.parse(text) for text in params["intervals"])
    scope = scope_of(settings, intervals=intervals, start=window.start, end=window.end, heal_before=window.heal_before)
    return CurrentRun(settings, run_spec(context), scope)


def wanted_window(context: Mapping[str, Any], lookback_days: int) -> Window:
    """The run's window, widened by the look-back unless the range was chosen by a person or a backfill."""
    return resolve_window(context, cadence(context["params"]["lane"])).healed(timedelta(days=lookback_days))


def run_spec(context: Mapping[str, Any]) -> RunSpec:
    """The run as the ledger books it; Airflow's own backfills spend the backfill lane's share."""
    from include.pipeline import RunSpec

    run, params = context["dag_run"], context["params"]
    lane: Lane = "backfill" if run.run_type == "backfill" else params["lane"]
    run_id = ledger_run_id(run.dag_id, run.run_id)
    return RunSpec(run_id=run_id, lane=lane, max_credits=params["max_credits"], one_process=False)


def ledger_run_id(dag_id: str, run_id: str) -> str:
    """Airflow's names for the run, joined, with the characters that are safe in file names."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{dag_id}.{run_id}")
