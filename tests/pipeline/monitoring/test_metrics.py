from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from include.domain.market import Interval
from include.pipeline.monitoring.budget import budget
from include.pipeline.monitoring.metrics import Metric, metrics
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import NOW, run_steps, scope


def values(found: list[Metric], name: str) -> Mapping[tuple[str, ...], float]:
    """The samples of a metric by the values of their labels."""
    [metric] = [one for one in found if one.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


def test_the_figures_are_those_of_the_budget_and_of_the_runs(settings: Settings) -> None:
    done = run_steps(settings, scope(settings, Interval.H1), lane="hourly")
    found, view = metrics(settings), budget(settings)

    assert values(found, "credits_spent") == {(one.lane,): one.spent for one in view.lanes}
    assert values(found, "credits_available") == {(one.lane,): one.may_use for one in view.lanes}
    assert values(found, "credits_left") == {(): view.left}
    assert values(found, "credits_settled")[("hourly",)] == done.credits > 0
    assert values(found, "requests") == {("hourly",): done.requests, ("daily",): 0, ("backfill",): 0}
    assert values(found, "rows")[("hourly",)] == 72
    age = values(found, "newest_row_age_seconds")[("hourly", "kalshi", "1h")]
    assert age == pytest.approx(timedelta(days=2, hours=6).total_seconds(), abs=60)
    assert values(found, "gap_buckets")[("hourly", "kalshi", "1h")] == 0


def test_work_that_waits_is_counted_with_its_age(settings: Settings, vendor: RunningSimulator) -> None:
    plan(settings, RunSpec("waits", "daily"), scope(settings, Interval.H4))
    vendor.pin(NOW + timedelta(hours=2))
    found = metrics(settings)

    assert values(found, "windows_waiting") == {("hourly",): 0, ("daily",): 1, ("backfill",): 0}
    assert values(found, "oldest_wait_seconds")[("daily",)] == pytest.approx(7200, abs=60)
    assert values(found, "credits_queued")[("daily",)] > 0


def test_an_empty_ledger_has_no_figure_that_it_does_not_know(settings: Settings) -> None:
    found = metrics(settings)
    assert values(found, "credits_spent") == {("hourly",): 0, ("daily",): 0, ("backfill",): 0}
    assert values(found, "credits_left") == values(found, "newest_row_age_seconds") == {}
