from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import SOURCES, Interval
from include.pipeline.monitoring.alarms import alarms as all_alarms
from include.pipeline.monitoring.status import check_marts
from include.pipeline.pricing.preview import preview
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.workflows.refresh_marts import refresh_marts
from include.settings import Settings, load_settings
from include.simulator.account_file import Usage
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from include.warehouse.connect import open_warehouse
from tests.judged_once import judged_once
from tests.kept_engine import EngineKeeper
from tests.pipeline.conftest import DAY, KEY, NOW, clocks_together, run_steps, scope

ONE_DAY = timedelta(days=1)
INTERVALS = (Interval.M5, Interval.M15, Interval.H1)
ALL_ROWS = "symbol, source, interval, timestamp, open_interest, open_interest_usd"


def deriving(settings: Settings, derive: bool = True) -> Settings:
    return with_series(settings, intervals=list(INTERVALS), derive=derive)


def with_series(settings: Settings, **series: object) -> Settings:
    return settings.model_copy(update={"series": settings.series.model_copy(update={"symbols": ["BTC"], **series})})


def run_day(vendor: RunningSimulator, settings: Settings, number: int) -> RunReport:
    """The daily run that reads day `number`, at its hour."""
    start = DAY + number * ONE_DAY
    vendor.pin(_hour_after(number))
    wanted = scope(settings, *INTERVALS, start=max(DAY, start - 2 * ONE_DAY), end=start + ONE_DAY)
    report = run_steps(settings, wanted, lane="daily")
    refresh_marts(settings)
    return report


def _hour_after(number: int) -> datetime:
    """When the daily run of day `number` starts."""
    return DAY + (number + 1) * ONE_DAY + timedelta(minutes=20)


def selected(settings: Settings, columns: str, where: str, view: str = "bi.open_interest") -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as warehouse:
        return warehouse.query_rows(f"SELECT {columns} FROM {view} WHERE {where} ORDER BY ALL")[1]


def of_day(number: int) -> str:
    return f"toDate(timestamp) = '{(DAY + number * ONE_DAY).date()}'"


def bought(settings: Settings, interval: Interval, number: int) -> int:
    where = f"interval = '{interval}' AND {of_day(number)}"
    return int(selected(settings, "count()", where, "market.open_interest")[0][0])


@dataclass(frozen=True)
class DaysRead:
    """A home that derives, after daily runs: its files, what the vendor's account had used, the runs' reports."""

    home: Path
    usage: Usage
    reports: tuple[RunReport, ...]


AfterDays = Callable[[int], tuple[Settings, tuple[RunReport, ...]]]


@pytest.fixture(scope="module")
def _days_read(
    fresh_home: Callable[[Path], Path], engine_keeper: EngineKeeper, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, DaysRead]:
    """By the number of days: the second one proves the intervals."""
    folder, found, reports = tmp_path_factory.mktemp("days"), {}, []
    (config := folder / "pipeline.yaml").touch()
    with (
        running(SimulatorConfig(now=NOW, enforce_rates=False)) as vendor,
        clocks_together(),
        judged_once(),
        engine_keeper.for_a_test() as keeper,
    ):
        environment = {"OI_HOME": str(fresh_home(folder / "oi")), "KWERY_API_KEY": KEY}
        settings = deriving(load_settings({**environment, "KWERY_BASE_URL": vendor.base_url}, config))
        for number in range(2):
            reports.append(run_day(vendor, settings, number))
            keeper.close()
            home = Path(shutil.copytree(settings.home, folder / f"{number + 1} read", symlinks=True))
            found[number + 1] = DaysRead(home, deepcopy(vendor.account(KEY).usage), tuple(reports))
    return found


@pytest.fixture
def after_days(
    vendor: RunningSimulator, settings_for: Callable[..., Settings], tmp_path: Path, _days_read: dict[int, DaysRead]
) -> AfterDays:
    """`after_days(number)`: settings of a home that derives and has read that many days, and its runs' reports."""

    def copied(number: int) -> tuple[Settings, tuple[RunReport, ...]]:
        read = _days_read[number]
        shutil.copytree(read.home, tmp_path / "oi", symlinks=True)
        vendor.account(KEY).usage = deepcopy(read.usage)
        vendor.pin(_hour_after(number - 1))
        return deriving(settings_for(vendor.base_url)), read.reports

    return copied


def test_proven_intervals_are_derived_and_cost_less(
    vendor: RunningSimulator, settings_for: Callable[..., Settings], after_days: AfterDays
) -> None:
    """The derived rows equal those that buying would have given."""
    derives, (first, second) = after_days(2)
    buys = deriving(settings_for(vendor.base_url, home="buys"), derive=False)
    assert (first.complete, second.complete) == (True, True)
    paid = [run_day(vendor, buys, number).credits for number in (0, 1)]
    assert (first.credits, second.credits < 0.8 * paid[1]) == (paid[0], True)
    assert bought(derives, Interval.H1, 1) == 6 * len(SOURCES)
    final = f"timestamp < '{(DAY + 2 * ONE_DAY - timedelta(hours=1)):%F %T}'"
    assert selected(derives, ALL_ROWS, final) == selected(buys, ALL_ROWS, final)
    assert selected(derives, "DISTINCT interval", "derived") == [("15m",), ("1h",)]
    assert selected(buys, "count()", "derived") == [(0,)]
    assert any("derived from 5m, not bought" in note for note in second.notes)
    assert [alarm for alarm in all_alarms(derives) if alarm.severity == "error"] == []
    assert check_marts(derives) == []


def test_4h_and_1d_are_derived_as_buying_would_give_them(
    vendor: RunningSimulator, settings_for: Callable[..., Settings]
) -> None:
    coarse = (Interval.M5, Interval.H4, Interval.D1)
    proof = {"derive_proof_buckets": 2, "derive_proof_days": 5, "derive_sample_buckets": 1}
    sources = ("binance_futures", "kalshi", "hyperliquid")  # each is derived for itself; the test above has all of them
    derives = with_series(settings_for(vendor.base_url), intervals=list(coarse), derive=True, **proof)
    buys = with_series(settings_for(vendor.base_url, home="buys"), intervals=list(coarse))
    for settings, first, last in ((derives, 0, 4), (derives, 4, 6), (buys, 0, 6)):
        start, end = DAY + first * ONE_DAY, DAY + last * ONE_DAY
        vendor.pin(end + timedelta(minutes=20))
        wanted = scope(settings, *coarse, sources=sources, start=start, end=end)
        assert run_steps(settings, wanted, lane="daily").complete
        refresh_marts(settings)
    final = f"interval != '5m' AND timestamp < '{(DAY + 5 * ONE_DAY):%F %T}'"
    assert selected(derives, ALL_ROWS, final) == selected(buys, ALL_ROWS, final)
    assert selected(derives, "DISTINCT interval", "derived") == [("1d",), ("4h",)]
    assert check_marts(derives) == []


def test_each_days_sample_keeps_the_proof(vendor: RunningSimulator, after_days: AfterDays) -> None:
    """The same run again buys nothing."""
    derives, _ = after_days(2)
    for number in (2, 3):
        assert run_day(vendor, derives, number).complete
    assert [bought(derives, Interval.H1, number) for number in (1, 2, 3)] == [6 * len(SOURCES)] * 3
    assert run_day(vendor, derives, 3).requests == 0


def test_a_bucket_that_differs_ends_the_proof(vendor: RunningSimulator, after_days: AfterDays) -> None:
    """It raises an alarm, and time since the last proof is bought again."""
    derives, _ = after_days(2)
    vendor.turn_on({"odd_coarse": 1.0})
    run_day(vendor, derives, 2)
    vendor.turn_on({})
    alarms = [alarm for alarm in all_alarms(derives) if alarm.name == "derived"]
    assert alarms
    assert all("the 5m snapshot" in alarm.sentence and "2026-03-09T" in alarm.sentence for alarm in alarms)
    symbol, source, interval = alarms[0].subject.split()
    series = f"source = '{source}' AND interval = '{interval}'"
    assert selected(derives, "count()", f"{series} AND derived AND timestamp >= '2026-03-08'") == [(0,)]
    again = run_day(vendor, derives, 2)
    assert again.complete
    buckets = ONE_DAY // Interval(interval).step
    for number in (1, 2):
        rows = selected(derives, "count(), countIf(derived)", f"{series} AND {of_day(number)}")
        assert rows == [(buckets, 0)]
    whole = selected(derives, "source, interval, count()", f"interval != '5m' AND {of_day(2)} GROUP BY ALL")
    assert {(name, count) for _, name, count in whole} == {("15m", 96), ("1h", 24)}
    assert symbol == "BTC"


def test_a_proof_without_recent_comparisons_expires(vendor: RunningSimulator, after_days: AfterDays) -> None:
    derives, _ = after_days(1)
    assert run_day(vendor, derives, 4).complete
    assert bought(derives, Interval.H1, 4) == 24 * len(SOURCES)


def test_a_coarse_interval_without_5m_is_bought(vendor: RunningSimulator, after_days: AfterDays) -> None:
    derives, _ = after_days(1)
    vendor.pin(DAY + 2 * ONE_DAY)
    assert run_steps(derives, scope(derives, Interval.H1, start=DAY + ONE_DAY, end=DAY + 2 * ONE_DAY)).complete
    assert bought(derives, Interval.H1, 1) == 24 * len(SOURCES)


def test_a_proven_month_costs_less(
    vendor: RunningSimulator, settings_for: Callable[..., Settings], after_days: AfterDays
) -> None:
    """Nothing is derived once the setting is off."""
    derives, _ = after_days(2)
    wanted = scope(derives, *INTERVALS, end=DAY + 2 * ONE_DAY)
    new = deriving(settings_for(vendor.base_url, home="new"))
    before = sum(month.price.credits for month in preview(new, "daily", wanted).monthly.values())
    proven = preview(derives, "daily", wanted)
    assert sum(month.price.credits for month in proven.monthly.values()) < 0.6 * before
    assert any("derived from 5m, not bought" in note for note in proven.notes)
    off = deriving(derives, derive=False)
    refresh_marts(off)
    assert selected(off, "count()", "derived") == [(0,)]
