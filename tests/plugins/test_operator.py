"""OpenLineage's own provider: what it takes from the operator, and what its client would send."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.utils.state import TaskInstanceState

from include.pipeline.monitoring.lineage import Lineage, LineageDataset
from oi_airflow.operator import StepOperator, task

FOUND = Lineage(
    [LineageDataset("https://kwery-api.com", "/v1/open-interest", 171)],
    [LineageDataset("file", "/srv/landing", 171), LineageDataset("clickhouse://db:8123", "bi.coverage")],
    {"spending": {"lane": "hourly", "credits": 963, "requests": 9}},
)


def operator() -> StepOperator:
    @task(task_id="extract")
    def extract() -> None: ...

    made = extract().operator
    assert isinstance(made, StepOperator)
    return made


def event(step: StepOperator, state: TaskInstanceState) -> dict[str, Any]:
    """What the provider's listener hands to the client of OpenLineage, as JSON."""
    from airflow.providers.openlineage.extractors import ExtractorManager
    from openlineage.client.serde import Serde

    run = SimpleNamespace(run_id="run")
    found = ExtractorManager().extract_metadata(run, step, state, SimpleNamespace())
    return dict(json.loads(Serde.to_json(found)))


@pytest.mark.parametrize("state", [TaskInstanceState.SUCCESS, TaskInstanceState.FAILED])
def test_an_event_has_datasets_rows_and_credits(state: TaskInstanceState) -> None:
    """A step that failed has paid, too."""
    step = operator()
    step.lineage = FOUND

    sent = event(step, state)

    [read], [landed, mart] = sent["inputs"], sent["outputs"]
    assert (read["namespace"], read["name"]) == ("https://kwery-api.com", "/v1/open-interest")
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 171
    assert landed["outputFacets"]["outputStatistics"]["rowCount"] == 171
    assert mart["outputFacets"] == {}
    spending = sent["run_facets"]["openInterest_spending"]
    assert (spending["lane"], spending["credits"], spending["requests"]) == ("hourly", 963, 9)


def test_a_step_that_leaves_nothing_has_an_event_without_datasets() -> None:
    sent = event(operator(), TaskInstanceState.SUCCESS)
    assert (sent["inputs"], sent["outputs"], sent["run_facets"]) == ([], [], {})
