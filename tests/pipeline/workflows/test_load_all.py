from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from include.domain.market import Interval
from include.ledger.database import engine, process_id
from include.pipeline.errors import PipelineError
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle.sync_marts import address_of, marts_are_current
from include.pipeline.workflows import load_all as load_all_module
from include.pipeline.workflows.load_all import load_all
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse import connect
from tests import clock
from tests.pipeline.conftest import rows_of, scope

pytestmark = pytest.mark.usefixtures("forked_worker")


@pytest.fixture
def another() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is killed."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def held_by_another(settings: Settings, another: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> Scope:
    """What another process has read and not published."""
    wanted = scope(settings, Interval.H4)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "this_process", lambda: process_id._name_of(another.pid))
        run = RunSpec(new_run_id("test"), "backfill")
        extract(settings, run, plan(settings, run, wanted).window_ids)
    return wanted


def test_a_damaged_page_blocks_only_its_batch(vendor: RunningSimulator, settings: Settings) -> None:
    settings = settings.model_copy(update={"warehouse": settings.warehouse.model_copy(update={"batch_rows": 1})})
    wanted = scope(settings, Interval.H4, symbols=("BTC", "ETH", "SOL"))
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, wanted)
    extract(settings, run, planned.window_ids)
    [page] = (settings.home / "landing").rglob(f"*{min(planned.window_ids)}*.zst")  # the first batch's
    whole = page.read_bytes()

    page.write_bytes(whole[:-1])
    with pytest.raises(PipelineError, match="put the file back from a copy"):
        load_all(settings, run, wanted)
    others = rows_of(settings, "symbol")
    page.write_bytes(whole)
    report = load_all(settings, run, wanted)

    assert len({symbol for (symbol,) in others}) == 2
    assert report.complete, report.left
    assert len(vendor.questions) == 3


def test_a_load_opens_the_warehouse_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all of its batches and the marts: each opening of the engine takes a tenth of a second."""
    settings = settings.model_copy(update={"warehouse": settings.warehouse.model_copy(update={"batch_rows": 1})})
    opened: list[object] = []
    get_client = connect._get_client
    monkeypatch.setattr(connect, "_get_client", lambda arguments: opened.append(arguments) or get_client(arguments))
    run = RunSpec(new_run_id("test"), "backfill")
    report = load_all(settings, run, scope(settings, Interval.H4, symbols=("BTC", "ETH")))
    assert (report.complete, len(opened)) == (True, 1)
    assert marts_are_current(settings, address_of(settings))


def test_a_load_looks_for_a_batch_once_for_the_rows_of_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where pages of the windows that land are in batches of an earlier run, so that no new batch is full."""
    looks: list[object] = []
    monkeypatch.setattr(load_all_module, "cut_batches", lambda *_, **how: looks.append(how) or [])
    cutter = load_all_module._Cutter(settings, *[cast(Any, None)] * 4)
    for _ in range(6):
        cutter.on_landed(cast(Any, SimpleNamespace(rows=settings.warehouse.batch_rows // 2)))
    assert looks == [{"half_read": False, "only_full": True}] * 3


def test_a_load_waits_for_another_within_its_patience(
    settings: Settings, held_by_another: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_all_module, "_PATIENCE_SECONDS", 1.0)
    run = RunSpec(new_run_id("test"), "backfill")
    report = load_all(settings, run, held_by_another)

    assert (report.complete, report.requests) == (False, 0)


def test_a_load_whose_time_is_over_waits_for_nobody(settings: Settings, held_by_another: Scope) -> None:
    soon = clock.now() + timedelta(seconds=1)
    run = RunSpec(new_run_id("test"), "backfill", read_until=soon)
    report = load_all(settings, run, held_by_another)

    assert (report.complete, report.requests) == (False, 0)


def test_the_pages_of_a_load_that_dies_are_loaded_by_another(
    settings: Settings,
    held_by_another: Scope,
    another: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut = load_all_module._Cutter.cut

    def cut_before_it_dies(cutter: load_all_module._Cutter, **how: bool) -> None:
        cut(cutter, **how)
        if not how:  # nothing more is cut in this round
            another.kill()
            another.wait()

    monkeypatch.setattr(load_all_module._Cutter, "cut", cut_before_it_dies)
    report = load_all(settings, RunSpec(new_run_id("test"), "backfill"), held_by_another)

    assert report.complete, report.left
    assert report.requests == 0
    assert rows_of(settings)
