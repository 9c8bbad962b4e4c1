from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, DeadlineReference
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.callback import CallbackTrigger

from include.planning.schedule import ALLOWANCE
from include.settings import ROOT
from oi_airflow.deadline import LateRun
from tests.plugins.webhook import listening

LANES = {"open_interest_hourly": "hourly", "open_interest_daily": "daily"}


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    return DagBag(dag_folder=str(ROOT / "dags")).dags


def late(**run: Any) -> dict[str, Any]:
    """What Airflow hands to a deadline's callback."""
    default = {
        "dag_id": "open_interest_hourly",
        "dag_run_id": "scheduled__10",
        "run_type": "scheduled",
        "state": "running",
    }
    return {"dag_run": default | run, "deadline": {"id": "1", "deadline_time": "2026-03-07 10:55:00+00:00"}}


@pytest.mark.parametrize("dag_id", sorted(LANES))
def test_lateness_counts_from_the_end_of_the_interval(dags: dict[str, DAG], dag_id: str) -> None:
    dag, lane = dags[dag_id], LANES[dag_id]
    [alert] = dag.deadline or []
    assert alert.reference == DeadlineReference.DAGRUN_LOGICAL_DATE
    assert alert.interval - ALLOWANCE[lane] == (timedelta(hours=1) if lane == "hourly" else timedelta(days=1))
    assert "LateRun" in str(DagSerialization.to_dict(dag)["dag"]["deadline"])


def test_a_backfill_has_no_deadline(dags: dict[str, DAG]) -> None:
    assert not dags["open_interest_backfill"].deadline


def test_a_late_run_is_reported_with_what_to_look_at() -> None:
    sentence = LateRun().sentence(late()) or ""
    assert sentence.startswith("open_interest_hourly: scheduled__10 is late: running at its deadline, 2026-03-07 10:55")
    assert "the next run reads what this one does not" in sentence


@pytest.mark.parametrize("run", [{"run_type": "manual"}, {"run_type": "backfill"}, {"state": "failed"}])
def test_manual_runs_and_reported_failures_raise_no_lateness(run: dict[str, str]) -> None:
    assert LateRun().sentence(late(**run)) is None


@pytest.mark.parametrize(
    ("queued_at", "reported"),
    [
        ("2026-03-07T10:05:02.123456Z", True),
        ("2026-03-07T10:54:59Z", True),
        ("2026-03-07T10:55:00Z", False),
        ("2026-03-07T15:00:00Z", False),
        (None, True),
    ],
)
@pytest.mark.parametrize("deadline", ["2026-03-07 10:55:00+00:00", datetime(2026, 3, 7, 10, 55, tzinfo=UTC)])
def test_runs_from_before_the_dag_was_unpaused_are_not_late(
    queued_at: str | None, reported: bool, deadline: object
) -> None:
    """Unpausing makes the newest run of the time before, whose deadline may have passed."""
    context = late(queued_at=queued_at)
    context["deadline"]["deadline_time"] = deadline

    assert bool(LateRun().sentence(context)) is reported


def test_airflows_own_trigger_sends_it(dags: dict[str, DAG], monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    [alert] = dags["open_interest_hourly"].deadline or []
    trigger = CallbackTrigger(alert.callback.path, {**alert.callback.kwargs, "context": late()})

    async def run() -> list[str]:
        return [event.payload["state"] async for event in trigger.run()]

    with listening() as chat:
        monkeypatch.setenv("OI_NOTIFY_URL", chat.url)
        assert asyncio.run(run())[-1] == "success"
    assert "is late" in chat.texts[0]
