"""What tests of damaged pages share: small pages, three to a window, and the rows that an undamaged load gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.pipeline.scope.scope import RunSpec, Scope, new_run_id
from include.pipeline.steps.extract.extract import extract as extract_windows
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.workflows.give_up_pages import give_up_pages
from include.settings import Settings, load_settings
from include.simulator.server import SimulatorConfig, running
from tests.pipeline.conftest import KEY, NOW, rows_of, run_steps, scope

PAGES_OF_A_WINDOW = 3
COLUMNS = "* EXCEPT known_at"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Small pages, three of which make a window; each window is a batch."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": PAGES_OF_A_WINDOW}),
            "api": settings.api.model_copy(update={"row_cap": 24}),
            "warehouse": settings.warehouse.model_copy(update={"batch_rows": 1}),
        }
    )


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1, symbols=("BTC", "ETH"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]) -> list[Any]:
    """The rows that the scope has when nothing is lost."""
    home = fresh_home(tmp_path_factory.mktemp("undisturbed") / "oi")
    (config := home / "pipeline.yaml").touch()
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as vendor:
        given = {"OI_HOME": str(home), "KWERY_API_KEY": KEY, "KWERY_BASE_URL": vendor.base_url}
        settings = load_settings(given, config)
        assert run_steps(settings, scope(settings, Interval.H1, symbols=("BTC", "ETH"))).complete
    return rows_of(settings, COLUMNS)


def extract(settings: Settings, wanted: Scope) -> None:
    run = RunSpec(new_run_id("test"), "backfill")
    extract_windows(settings, run, plan(settings, run, wanted).window_ids)


def pages_of(settings: Settings, symbol: str) -> list[Path]:
    """In the order in which they were read."""
    return sorted((settings.home / "landing").glob(f"symbol={symbol}/**/*.zst"), key=lambda page: page.name)


def settled_credits(settings: Settings) -> int:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return totals(connection)[0]


def give_up_and_load(settings: Settings, wanted: Scope) -> RunReport:
    """The report of the run after the one that loads what is intact."""
    assert give_up_pages(settings)
    run_steps(settings, wanted)
    return run_steps(settings, wanted)
