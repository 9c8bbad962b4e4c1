from __future__ import annotations

from include.domain.market import Interval
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle.nothing_to_load import nothing_to_load
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.settle.sync_marts import address_of
from include.pipeline.steps.validate.validate import validate
from include.pipeline.workflows.refresh_marts import refresh_marts
from include.settings import Settings
from include.warehouse.connect import open_client
from tests.pipeline.conftest import scope


def test_a_fresh_home_has_nothing_to_load(settings: Settings) -> None:
    assert nothing_to_load(settings, address_of(settings))


def test_each_step_leaves_something_to_do_until_the_marts_know(settings: Settings) -> None:
    """A run that dies after any of its steps is finished by the next one."""
    run, here = RunSpec(new_run_id("test"), "backfill"), address_of(settings)
    planned = plan(settings, run, scope(settings, Interval.H4))
    extract(settings, run, planned.window_ids)
    assert not nothing_to_load(settings, here)
    batch_ids = validate(settings, run)
    assert not nothing_to_load(settings, here)
    load(settings, batch_ids)
    assert not nothing_to_load(settings, here)
    settle(settings, batch_ids)
    assert not nothing_to_load(settings, here), "the marts do not know"

    refresh_marts(settings, lambda: open_client(settings))
    assert not nothing_to_load(settings, here), "it was a warehouse that nobody named"
    refresh_marts(settings, lambda: open_client(settings), address=("elsewhere",))
    assert nothing_to_load(settings, ("elsewhere",))
    assert not nothing_to_load(settings, here)
    refresh_marts(settings)
    assert nothing_to_load(settings, here)
    (settings.home / "batches" / batch_ids[0]).mkdir()
    assert not nothing_to_load(settings, here), "validate removes what a crash has left"
