from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id, scope_of
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.finish_run import finish_run
from include.pipeline.steps.report.run_report import report
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate import worker
from include.pipeline.steps.validate.validate import validate
from include.settings import Settings, load_settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from tests import clock
from tests.forked import Forked
from tests.judged_once import judged_once
from tests.kept_engine import EngineKeeper

DAY = datetime(2026, 3, 7, tzinfo=UTC)
NEXT_DAY = datetime(2026, 3, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
KEY = "kwery_test_business_pipeline"


@pytest.fixture(autouse=True)
def _rows_are_judged_once(kept_engine: EngineKeeper) -> Iterator[None]:
    with judged_once():
        yield


@pytest.fixture
def forked_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The validation process begins as a fork of one that has imported the rules' library.

    Its own start is tested in tests/pipeline/steps/validate/test_worker.py.
    """
    popen: Any = subprocess.Popen

    def started(command: list[str], **options: Any) -> Any:
        if command[1:] != ["-m", worker.__name__]:
            return popen(command, **options)
        return Forked(worker.__name__, [], os.environ, pipes=True, as_bytes=True)

    monkeypatch.setattr(worker.subprocess, "Popen", started)


@pytest.fixture(autouse=True)
def both_clocks() -> Iterator[None]:
    """The worker's clock begins where the simulators' does, and follows where a test pins it."""
    with clocks_together():
        yield


@contextmanager
def clocks_together() -> Iterator[None]:
    """Inside the block the worker's clock begins at NOW, and follows where a simulator is pinned."""
    pin = RunningSimulator.pin

    def together(simulator: RunningSimulator, now: datetime | None) -> None:
        pin(simulator, now)
        clock.move_to(now or clock.default())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunningSimulator, "pin", together)
        clock.move_to(NOW)
        yield
    clock.move_to(clock.default())


@pytest.fixture
def vendor() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as simulator:
        yield simulator


@pytest.fixture
def settings_for(tmp_path: Path, kept_engine: EngineKeeper) -> Callable[..., Settings]:
    """Settings whose state is in a folder of its own, against any base URL."""

    def make(base_url: str, *, key: str = KEY, home: str = "oi", **environment: str) -> Settings:
        config = tmp_path / "pipeline.yaml"
        config.touch()
        return load_settings(
            {
                "OI_HOME": str(kept_engine.home(tmp_path / home)),
                "OI_CONFIG": str(config),
                "KWERY_API_KEY": key,
                "KWERY_BASE_URL": base_url,
                **environment,
            }
        )

    return make


@pytest.fixture
def settings(vendor: RunningSimulator, settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(vendor.base_url)


def scope(
    settings: Settings,
    *intervals: Interval,
    symbols: tuple[str, ...] = ("BTC",),
    sources: tuple[str, ...] | None = None,
    start: datetime = DAY,
    end: datetime = NEXT_DAY,
) -> Scope:
    return scope_of(settings, start=start, end=end, intervals=intervals, symbols=symbols, sources=sources)


def run_steps(settings: Settings, wanted: Scope, max_credits: int | None = None, lane: str = "backfill") -> RunReport:
    """The five steps one after another in this process, as the tasks of a DAG call them."""
    run = RunSpec(new_run_id("test"), lane, max_credits)
    planned = plan(settings, run, wanted)
    extracted = extract(settings, run, planned.window_ids)
    batch_ids = validate(settings, run)
    load(settings, batch_ids)
    settle(settings, batch_ids)
    found = report(settings, run, wanted, extracted, planned.notes)
    finish_run(settings, found)
    return found


def rows_of(settings: Settings, columns: str = "*", where: str = "1") -> list[tuple[Any, ...]]:
    from include.warehouse.connect import open_warehouse

    order = "source, interval, symbol, timestamp"
    with open_warehouse(settings) as warehouse:
        return warehouse.query_rows(f"SELECT {columns} FROM market.open_interest WHERE {where} ORDER BY {order}")[1]
