"""Late runs: Airflow calls back when a scheduled run has not succeeded in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference  # type: ignore[attr-defined] # not in its stub

from include.domain.clock import parse_instant
from include.planning.schedule import ALLOWANCE
from oi_airflow.cadence import cadence
from oi_airflow.notifier import WebhookNotifier


class LateRun(WebhookNotifier):
    """Reports a scheduled run that is late.

    A run that a person or a backfill started has no deadline, nor has one that is older than the DAG's unpausing.
    """

    def sentence(self, context: Mapping[str, Any]) -> str | None:
        run = context["dag_run"]
        # A failed run was reported already, with its error.
        if run["run_type"] != "scheduled" or run.get("state") == "failed" or _began_too_late(context):
            return None
        return (
            f"{run['dag_id']}: {run['dag_run_id']} is late: {run.get('state', 'not finished')} at its deadline, "
            f"{context['deadline']['deadline_time']}. It may wait for the vendor's rate limit or for another run: "
            "see its tasks in Airflow. Nothing is lost; the next run reads what this one does not"
        )


def _began_too_late(context: Mapping[str, Any]) -> bool:
    """True for the run that the schedule made when its deadline had passed: the DAG was paused until then."""
    queued_at, deadline = context["dag_run"].get("queued_at"), context["deadline"]["deadline_time"]
    return queued_at is not None and parse_instant(queued_at) >= parse_instant(str(deadline))


def late_alert(lane: str) -> DeadlineAlert:
    """The alert of a lane's DAG; counted from the logical date, which is where the run's interval starts."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=cadence(lane) + ALLOWANCE[lane],
        callback=AsyncCallback(LateRun),
        name=f"{lane} run is late",
    )
