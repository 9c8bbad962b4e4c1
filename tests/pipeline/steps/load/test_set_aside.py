"""A batch that cannot be published for what is in it is set aside, and blocks nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from include.domain.market import Interval
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.load.load import load as load_batches
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.run_report import report as report_on
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import validate
from include.pipeline.workflows.replay import replay
from include.quality import classify, parsed_batch
from include.quality.errors import BodyUnreadable
from include.settings import Settings
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from tests.pipeline.conftest import NOW, rows_of, run_steps, scope

ONE_SOURCE = ("binance_futures",)
REPEATS = {"duplicate_rows": 1.0}


@pytest.fixture
def vendor() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(now=NOW, enforce_rates=False)) as simulator:
        yield simulator


def load(settings: Settings, *symbols: str) -> RunReport:
    return run_steps(settings, scope(settings, Interval.H1, symbols=symbols, sources=ONE_SOURCE))


def symbols_stored(settings: Settings) -> set[str]:
    return {symbol for (symbol,) in rows_of(settings, "symbol")}


def set_aside(settings: Settings) -> list[str]:
    return [alarm.subject for alarm in alarms(settings) if alarm.name == "set_aside"]


def no_repeats(*arguments: Any) -> Any:
    """A version whose rules take a repeated row for one of its own."""
    return np.zeros(len(arguments[0]), np.bool_)


def test_rows_that_no_table_can_hold_block_nothing_else(
    vendor: RunningSimulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ETH and BTC are of one batch; what was paid of ETH comes into the warehouse without another request."""
    monkeypatch.setattr(classify, "is_repeat", no_repeats)
    run = RunSpec(new_run_id("test"), "backfill")
    both = scope(settings, Interval.H1, symbols=("BTC", "ETH"), sources=ONE_SOURCE)
    planned = plan(settings, run, both)
    btc, eth = sorted(planned.window_ids, key=lambda one: planned.windows[planned.window_ids.index(one)].stream.symbol)
    extract(settings, run, [btc])
    vendor.turn_on(REPEATS)
    extract(settings, run, [eth])
    vendor.turn_on({})
    batch_ids = validate(settings, run)
    load_batches(settings, batch_ids)
    settle(settings, batch_ids)
    report = report_on(settings, run, both)

    assert symbols_stored(settings) == {"BTC"}
    assert not report.complete
    [sentence] = report.left
    assert "ETH" in sentence
    assert "set aside" in sentence
    assert "./oi replay" in sentence
    assert len(set_aside(settings)) == 1

    assert load(settings, "SOL").complete
    asked = len(vendor.questions)
    assert not load(settings, "ETH").complete
    assert replay(settings).left
    assert len(set_aside(settings)) == 1, "the rules are as they were"

    monkeypatch.undo()
    assert replay(settings).left == []
    assert load(settings, "ETH").complete
    assert symbols_stored(settings) == {"BTC", "ETH", "SOL"}
    assert (len(vendor.questions), set_aside(settings)) == (asked, [])


def test_a_page_without_a_list_of_rows_blocks_no_other_window(
    vendor: RunningSimulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = parsed_batch.decode_page

    def of_btc_alone(body: bytes, page_path: str) -> Any:
        if b'"ETH"' in body:
            raise BodyUnreadable(page_path, "it has no `data`")
        return decode(body, page_path)

    monkeypatch.setattr(parsed_batch, "decode_page", of_btc_alone)
    report = load(settings, "BTC", "ETH")
    assert symbols_stored(settings) == {"BTC"}
    assert len(report.left) == len(set_aside(settings)) == 1

    monkeypatch.undo()
    replay(settings)
    assert load(settings, "BTC", "ETH").complete
    assert symbols_stored(settings) == {"BTC", "ETH"}
