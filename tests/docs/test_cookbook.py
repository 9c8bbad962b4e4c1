"""Every query of the cookbook runs as it stands, on a warehouse that a load has filled, and answers its question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import SOURCES, Interval
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.settings import ROOT, load_settings
from include.simulator.server import SimulatorConfig, running
from include.warehouse.reading import Reader, open_reader
from tests import clock
from tests.pipeline.conftest import KEY, run_steps, scope

TEXT = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
RECIPES: dict[str, str] = dict(re.findall(r"^### (\d+\. [^\n]+)\n.*?```sql\n(.*?)```", TEXT, re.MULTILINE | re.DOTALL))
MAY_BE_EMPTY = {"15.", "18.", "19."}
"""What is missing, was corrected or rejected: nothing of a load that went well."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]) -> Iterator[Reader]:
    home = fresh_home(tmp_path_factory.mktemp("cookbook") / "home")
    now = clock.real_now()  # what is stale, the engine's own clock decides
    clock.move_to(now)
    with running(SimulatorConfig(now=now, enforce_rates=False)) as vendor:
        settings = load_settings({"OI_HOME": str(home), "KWERY_API_KEY": KEY, "KWERY_BASE_URL": vendor.base_url})
        days = scope(settings, Interval.H1, symbols=("BTC", "ETH"), start=now - timedelta(days=9), end=now)
        run_steps(settings, days)
        sync_marts(settings)
    with open_reader(settings) as reader:
        yield reader


def answer(warehouse: Reader, number: int) -> list[dict[str, Any]]:
    (query,) = [text for title, text in RECIPES.items() if title.startswith(f"{number}. ")]
    columns, rows = warehouse.query_rows(query)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_there_are_twenty_questions() -> None:
    assert [int(title.split(".")[0]) for title in RECIPES] == list(range(1, 21))


@pytest.mark.parametrize("title", RECIPES)
def test_every_query_runs_and_answers(title: str, warehouse: Reader) -> None:
    columns, rows = warehouse.query_rows(RECIPES[title])
    assert len(set(columns)) == len(columns)
    assert rows or title.split()[0] in MAY_BE_EMPTY


def test_one_number_for_the_market_is_the_sum_over_venues(warehouse: Reader) -> None:
    (market,) = answer(warehouse, 3)
    by_symbol = answer(warehouse, 1)
    venues = [row["open_interest_usd"] for row in answer(warehouse, 2)]
    (btc,) = [row for row in by_symbol if row["symbol"] == "BTC"]
    assert market["total_usd"] == pytest.approx(sum(row["open_interest_usd"] for row in by_symbol))
    assert btc["open_interest_usd"] == pytest.approx(sum(venues))


def test_a_dollar_change_is_position_and_price_together(warehouse: Reader) -> None:
    moved = answer(warehouse, 6)
    assert {row["source"] for row in moved} <= set(SOURCES)
    for row in moved:
        assert row["of_position_usd"] + row["of_price_usd"] == pytest.approx(row["change_24h_usd"])
