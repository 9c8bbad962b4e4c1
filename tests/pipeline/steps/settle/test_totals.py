from __future__ import annotations

from include.domain.market import Interval
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.settle.totals import RunTotals, loaded_by, restated_in, run_totals
from include.settings import Settings
from tests.pipeline.conftest import run_steps, scope


def test_the_totals_of_a_run_agree_with_its_report(settings: Settings) -> None:
    report = run_steps(settings, scope(settings, Interval.H4))
    assert run_totals(settings, report.run_id) == RunTotals(report.loaded, report.requests, report.credits, [])


def test_an_unknown_run_has_no_totals(settings: Settings) -> None:
    assert run_totals(settings, "nobody") == RunTotals(Loaded(), 0, 0, [])


def test_the_batches_of_a_run_are_summed() -> None:
    """Batches of early versions hold no restatements."""
    first = {"new": 1, "changed": 2, "unchanged": 3, "quarantined": 4, "restated": ["halved"]}
    second = {"new": 10, "changed": 0, "unchanged": 0, "quarantined": 1}
    assert loaded_by([first, second]) == Loaded(11, 2, 3, 5)
    assert restated_in([first, second]) == ["halved"]
