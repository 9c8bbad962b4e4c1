"""Late runs: Airflow sends a text when a scheduled run has not succeeded in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference  # type: ignore[attr-defined] # not in its stub

from include.planning.schedule import ALLOWANCE
from oi_airflow.notifier import WebhookNotifier


class LateRun(WebhookNotifier):
    """Reports a scheduled run that is late; runs that a person or a backfill started have no deadline."""

    def sentence(self, context: Mapping[str, Any]) -> str | None:
        run = context["dag_run"]
        # A failed run has sent its error already.
        if run["run_type"] != "scheduled" or run.get("state") == "failed":
            return None
        return (
            f"{run['dag_id']}: {run['dag_run_id']} is late: {run.get('state', 'not finished')} at its deadline, "
            f"{context['deadline']['deadline_time']}. It may wait for the vendor's rate limit or for another run: "
            "see its tasks in Airflow. Nothing is lost; the next run reads what this one does not"
        )


def late_alert(lane: str) -> DeadlineAlert:
    """The alert of a lane's DAG, counted from when the scheduler made the run.

    That is the end of the run's interval, but for the run that unpausing a DAG makes: it is not late when it begins.
    """
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=ALLOWANCE[lane],
        callback=AsyncCallback(LateRun),
        name=f"{lane} run is late",
    )
