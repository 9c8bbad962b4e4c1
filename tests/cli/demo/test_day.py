"""The day of `./oi demo`, without Airflow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.cli.demo.day import ACCOUNTS_FILE, DemoDay, demo_day
from include.configuration.errors import SettingsError
from include.domain.market import Interval
from include.pipeline.monitoring.budget import budget as budget_of
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id, scope_of
from include.pipeline.workflows.load_all import load_all
from include.settings import Settings, load_settings


def wanted(day: DemoDay) -> Scope:
    """One interval of BTC."""
    return scope_of(day.settings(), start=day.start, end=day.end, symbols=("BTC",), intervals=(Interval.D1,))


def test_a_second_demonstration_meets_the_accounts_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_home: Callable[[Path], Path]
) -> None:
    """Their vendor knows what was paid, and nobody takes the allowance for renewed."""
    monkeypatch.setenv("OI_HOME", str(fresh_home(tmp_path / "home")))
    with demo_day(load_settings(), None) as day:
        run = RunSpec(new_run_id("test"), "daily")
        paid = load_all(day.settings(), run, wanted(day)).credits
        preview(day.settings(), "daily", wanted(day))
    with demo_day(load_settings(), None) as day:
        preview(day.settings(), "daily", wanted(day))
        budget = budget_of(day.settings())

    assert paid > 0
    assert not any("renewed" in note for note in budget.notes)


def test_a_spoiled_file_of_accounts_is_named(tmp_path: Path) -> None:
    (tmp_path / ACCOUNTS_FILE).write_text("{")
    with pytest.raises(SettingsError, match=f"{ACCOUNTS_FILE}.*remove it"), demo_day(Settings(home=tmp_path), None):
        pass
