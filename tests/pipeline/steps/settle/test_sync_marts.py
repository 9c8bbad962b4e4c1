from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from include.domain.market import Interval
from include.ledger.credits import limits
from include.ledger.database.engine import open_ledger
from include.pipeline.monitoring.budget import budget as budget_of
from include.pipeline.monitoring.status import check_marts
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.settle import sync_marts as sync_marts_module
from include.pipeline.steps.settle.ledger_tables import coverage_table, cycle_table, spend_table
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.pipeline.workflows.load_all import load_all
from include.pipeline.workflows.replay import replay
from include.settings import Settings
from include.warehouse.connect import open_warehouse
from include.warehouse.lock import file_lock
from include.warehouse.warehouse import Warehouse
from tests import clock
from tests.kept_engine import EngineKeeper
from tests.pipeline.conftest import DAY, run_steps, scope

pytestmark = pytest.mark.usefixtures("forked_worker")
WHOLE = "COLUMNS('.*') EXCEPT (ledger_as_of)"


def mart(settings: Settings, columns: str, name: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as warehouse:
        return warehouse.query_rows(f"SELECT {columns} FROM bi.{name} ORDER BY ALL")[1]


def test_after_a_load_the_marts_agree_with_the_report(settings: Settings) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    report = load_all(settings, run, scope(settings, Interval.M5, Interval.H1))
    assert report.complete, report.left
    days = mart(settings, "symbol, source, interval, expected, stored, missing, received", "coverage")
    of_the_day = [(one.symbol, one.source, one.interval, one.points, one.covered) for one in report.series]
    assert sorted((*key, expected, stored) for *key, expected, stored, _, _ in days) == sorted(of_the_day)
    assert all(missing == expected - stored and received == stored for *_, expected, stored, missing, received in days)
    columns = "sum(spent_credits), sum(reserved_credits), sum(requests), sum(rows)"
    by_day = f"SELECT day, lane, symbol, {columns} FROM bi.credits GROUP BY ALL"
    with open_warehouse(settings) as warehouse:
        found, parts = warehouse.query_rows(by_day)[1], warehouse.query_rows("SELECT interval FROM bi.credits")[1]
    assert sorted(parts) == [("1h",), ("5m",)]
    assert found == [(clock.now().date(), "backfill", "BTC", report.credits, 0, report.requests, report.loaded.new)]
    [(first_day, last_day, spent, left)] = mart(
        settings,
        "cycle_first_day, cycle_last_day, cycle_spent_credits, remaining_credits",
        f"burn_down WHERE day = '{clock.now():%F}'",
    )
    budget = budget_of(settings)
    assert (first_day, last_day) == (budget.start.date(), (budget.end - timedelta(days=1)).date())
    assert (spent, left) == (report.credits, budget.burn_down[-1].left)
    assert {series[0] for series in mart(settings, "last_asked_at IS NULL", "freshness")} == {0}
    assert check_marts(settings) == []


def test_a_replay_restores_the_marts_of_a_lost_warehouse(settings: Settings, kept_engine: EngineKeeper) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    load_all(settings, run, scope(settings, Interval.H4))
    names = ("coverage", "credits", "open_interest")
    before = [mart(settings, WHOLE, name) for name in names]

    kept_engine.lose(settings.home)
    replay(settings)

    assert [mart(settings, WHOLE, name) for name in names] == before
    assert all(before)


def test_a_second_sync_and_a_replay_change_nothing(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H4))
    sync_marts(settings)
    before = mart(settings, WHOLE, "coverage"), mart(settings, WHOLE, "credits")
    assert before[0][0][0] == DAY.date()
    replay(settings)
    sync_marts(settings)
    assert (mart(settings, WHOLE, "coverage"), mart(settings, WHOLE, "credits")) == before


def test_a_load_syncs_what_a_dead_one_had_settled(settings: Settings) -> None:
    wanted = scope(settings, Interval.H4)
    settled = run_steps(settings, wanted)
    assert not mart(settings, "*", "credits")

    repeated = load_all(settings, RunSpec(new_run_id("test"), "backfill"), wanted)

    assert repeated.requests == 0
    assert mart(settings, "spent_credits", "credits") == [(settled.credits,)]
    assert sum(received for (received,) in mart(settings, "received", "coverage")) == settled.loaded.new


def test_a_load_without_news_opens_no_warehouse(settings: Settings) -> None:
    wanted = scope(settings, Interval.H4)
    load_all(settings, RunSpec(new_run_id("test"), "backfill"), wanted)

    with file_lock(settings.home / "warehouse.lock", 0):
        impatient = settings.warehouse.model_copy(update={"lock_timeout_seconds": 0.0})
        settings = settings.model_copy(update={"warehouse": impatient})
        repeated = load_all(settings, RunSpec(new_run_id("test"), "backfill"), wanted)

    assert repeated.complete


def test_a_copy_stands_over_an_older_one_of_a_clock_ahead(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process copied what it had read before, while this one waited for the warehouse."""
    run_steps(settings, scope(settings, Interval.H4))
    opened = sync_marts_module.open_warehouse

    @contextmanager
    def awaited(*arguments: Any) -> Iterator[Warehouse]:
        with opened(*arguments) as warehouse:
            other = clock.now()
            nothing = coverage_table({}, other), spend_table([], other), cycle_of(settings, other)
            warehouse.store_ledger(*nothing)
            while clock.now() <= other:
                time.sleep(0.001)
            yield warehouse

    monkeypatch.setattr(sync_marts_module, "open_warehouse", awaited)
    sync_marts(settings)
    assert {expected for (expected,) in mart(settings, "expected", "coverage")} == {6}


def cycle_of(settings: Settings, as_of: datetime) -> pa.Table:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return cycle_table(limits.spend_position(connection, settings.budget, as_of), settings.budget, as_of)
