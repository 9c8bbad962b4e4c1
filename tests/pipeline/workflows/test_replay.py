from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import pytest_socket

from include.domain.market import Interval
from include.kwery.http import transport
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.pipeline.workflows.replay import replay
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse.connect import open_warehouse
from tests import clock
from tests.pipeline.conftest import DAY, NEXT_DAY, NOW, rows_of, run_steps, scope

VIEWS = ("open_interest", "open_interest_history", "quarantine")
VIEWS_OF_BI = "SELECT name FROM system.tables WHERE database = 'bi' AND name != 'quality'"
IN_BETWEEN = "SELECT toString(quantileExact(0.5)(known_at)) FROM market.open_interest_history"
MART = "SELECT * EXCEPT('^(age_seconds|intervals_behind|ledger_as_of|batch_id)$') FROM bi.{view} ORDER BY ALL"


def contents(settings: Settings) -> dict[str, object]:
    with open_warehouse(settings) as warehouse:
        sums = warehouse.checksums()
    return {view: sums[view] for view in VIEWS}


def marts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every view of `bi` by name, but for what depends on the time at which it is read.

    Without bi.quality: it counts validations, and a replay validates once more. Without the batch of a row: a replay
    publishes batches of its own.
    """
    with open_warehouse(settings) as warehouse:
        names = [name for (name,) in warehouse.query_rows(VIEWS_OF_BI)[1]]
        [(moment,)] = warehouse.query_rows(IN_BETWEEN)[1]
        asked = {name: f"{name}(moment = '{moment}')" if name.endswith("as_of") else name for name in names}
        rows = {name: warehouse.query_rows(MART.format(view=view))[1] for name, view in asked.items()}
    return {name: [tuple(map(_as_summed_in_any_order, row)) for row in some] for name, some in rows.items()}


def _as_summed_in_any_order(value: Any) -> Any:
    return float(f"{value:.12g}") if isinstance(value, float) else value


def load_a_messy_day(vendor: RunningSimulator, settings: Settings) -> None:
    """Rows of every fault, read in several windows, with a bucket that was restated in between."""
    vendor.turn_on({"malformed_rows": 1.0, "duplicate_rows": 0.5, "conflicting_rows": 0.5})
    vendor.pin(DAY + timedelta(hours=10, minutes=30))
    run_steps(settings, scope(settings, Interval.M15, Interval.H1, symbols=("BTC", "ETH")))
    vendor.pin(NOW)
    run_steps(settings, scope(settings, Interval.M15, Interval.H1, symbols=("BTC", "ETH")))


def test_a_replay_without_network_gives_the_same_contents(vendor: RunningSimulator, settings: Settings) -> None:
    load_a_messy_day(vendor, settings)
    sync_marts(settings)
    before, shown, asked = contents(settings), marts(settings), len(vendor.questions)
    pytest_socket.disable_socket()
    try:
        replayed = replay(settings)
    finally:
        pytest_socket.enable_socket()
    assert contents(settings) == before
    assert marts(settings) == shown
    assert all(shown.values()), [name for name, rows in shown.items() if not rows]
    assert len(vendor.questions) == asked
    assert replayed.rows > 0
    assert replay(settings, DAY, NEXT_DAY).rows == replayed.rows
    assert contents(settings) == before


def test_a_replay_of_a_part_leaves_the_rest_as_it_was(vendor: RunningSimulator, settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1))
    run_steps(settings, scope(settings, Interval.H1, start=NEXT_DAY, end=NEXT_DAY + timedelta(hours=6)))
    before = contents(settings)
    replayed = replay(settings, NEXT_DAY, NEXT_DAY + timedelta(hours=1))
    assert replayed.pages == 1
    assert contents(settings) == before


def test_after_a_rule_change_rows_move_into_quarantine_and_back_out(
    vendor: RunningSimulator, settings: Settings
) -> None:
    run_steps(settings, scope(settings, Interval.H1))
    before = contents(settings)
    all_rows = len(rows_of(settings))
    strict = settings.quality.model_copy(update={"max_open_interest": 60_000.0, "max_bad_share": 1.0})
    replay(settings.model_copy(update={"quality": strict}))
    kept = len(rows_of(settings))
    assert 0 < kept < all_rows
    with open_warehouse(settings) as warehouse:
        assert warehouse.counts().quarantined == all_rows - kept
        line = next(iter(warehouse.query_json_lines("SELECT rules FROM market.quarantine LIMIT 1")))
    assert json.loads(line)["rules"] == ["open_interest_in_range"]
    replay(settings)
    assert contents(settings) == before


def test_a_replay_repairs_minus_zeros_of_an_earlier_version(settings: Settings) -> None:
    """They are equal, and two groups to a database. A replay writes each value as it is read now."""
    run_steps(settings, scope(settings, Interval.H1))
    before = contents(settings)
    with open_warehouse(settings) as warehouse:
        table = "market.open_interest_current"
        warehouse._session.command(
            f"ALTER TABLE {table} UPDATE open_interest = -0. WHERE 1 SETTINGS mutations_sync = 1"
        )
    assert contents(settings) != before
    replay(settings)

    assert contents(settings) == before


def test_pages_that_share_a_moment_are_replayed_together(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warehouse distinguishes pages of a symbol and interval by the moment they were received."""
    moment = clock.now()
    monkeypatch.setattr(transport, "utc_now", lambda: moment)
    later = NEXT_DAY + timedelta(hours=2)
    run_steps(settings, scope(settings, Interval.H1))
    run_steps(settings, scope(settings, Interval.H1, start=later, end=later + timedelta(hours=4)))
    before = contents(settings)
    assert replay(settings, DAY, DAY + timedelta(hours=1)).pages == 2
    assert contents(settings) == before
