"""Each state that a cell can be in is traced to what put it there."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from include.domain.clock import iso
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import Doubt
from include.landing.store import LandingStore
from include.pipeline.monitoring.cell_state import CellState, state_of
from include.pipeline.monitoring.trace import Trace, trace
from include.pipeline.scope.scope import RunSpec, new_run_id
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.planning.windows.coverage import Covered
from include.settings import Settings
from include.warehouse import open_warehouse
from include.warehouse.session import Session
from tests.behaviours.conftest import BTC_H1, MakeSettings, StartVendor
from tests.behaviours.conftest import settings_for as settings_for
from tests.behaviours.conftest import start_vendor as start_vendor
from tests.behaviours.vendor import page, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, NOW, run_steps, scope
from tests.warehouse.ledger_copies import Derived, copy_all

HOUR = timedelta(hours=1)
PROMPT = "plan: {recheck_gap_hours: 0}"
FIRST_HOURS = [row(0), row(1, open_interest=-1), row(3), *(row(hour) for hour in range(5, 24))]
"""Hour 1 is rejected; hours 2 and 4 have no row."""


def hour(settings: Settings, number: float) -> Trace:
    return trace(settings, BTC_H1, DAY + number * HOUR)


def answer(asked: Asked) -> Reply:
    """The rows of the window that was requested."""
    start, end = asked.query["start"], asked.query["end"]
    return page(one for one in FIRST_HOURS if start <= one["timestamp"] < end)


def load(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)))


def leave_out_marts(patch: pytest.MonkeyPatch) -> None:
    """From here on a trace names no marts: to ask each whether it shows a cell takes most of the time of a trace."""
    rows = Session.rows

    def answered(session: Session, script: str, *arguments: object) -> list[tuple[object, ...]]:
        return [] if script.endswith("cell_marts.sql") else rows(session, script, *arguments)

    patch.setattr(Session, "rows", answered)


@pytest.fixture
def loaded(start_vendor: StartVendor, settings_for: MakeSettings) -> Settings:
    settings = settings_for(start_vendor(answer).base_url, PROMPT)
    load(settings)
    return settings


def test_a_value_leads_to_its_landed_row_and_charge(loaded: Settings) -> None:
    found = hour(loaded, 3.5)

    assert (found.at, found.until, found.state) == (DAY + 3 * HOUR, DAY + 4 * HOUR, CellState.STORED)
    (value,) = found.values
    assert (value.open_interest, value.open_interest_usd, value.current) == (52_343.5, 52_343.5 * 94_000, True)
    (origin,) = value.origins
    assert origin.page == "holds the row"
    assert json.loads(origin.received_as or "") == row(3)
    landed = LandingStore(loaded.landing_url).read(origin.page_path)
    assert (landed.sha256, landed.window_id) == (origin.sha256, origin.window_id)
    assert (origin.charged_credits, origin.page_rows) == (50 + 3 * len(FIRST_HOURS), len(FIRST_HOURS))
    assert origin.requested_at is not None
    assert origin.requested_at <= origin.received_at
    of_the_past = {
        "open_interest", "open_interest_change", "open_interest_daily", "open_interest_daily_total",
        "open_interest_held", "source_share",
    }  # fmt: skip
    assert set(found.marts) == {f"bi.{mart}" for mart in of_the_past}
    of_now = {"bi.open_interest_latest", "bi.open_interest_latest_by_interval", "bi.open_interest_now"}
    assert set(hour(loaded, 23).marts) - set(found.marts) == of_now
    assert "open_interest_in_range" in value.rules_broken + value.rules_passed


def test_the_mart_of_traces_says_of_each_value_what_trace_says(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_marts(loaded)
    leave_out_marts(monkeypatch)
    of_value = "timestamp, open_interest, known_at, current, batch_id"
    of_page = "page_path, page_sha256, page_rows, requested_at, charged_credits"
    sql = f"SELECT {of_value}, {of_page} FROM bi.open_interest_trace ORDER BY timestamp"
    with open_warehouse(loaded) as warehouse:
        shown = warehouse.query_rows(sql)[1]
        assert warehouse.check() == []
    expected = []
    for number in (0, 3, *range(5, 24)):
        (value,) = hour(loaded, number).values
        (origin,) = value.origins
        about = (DAY + number * HOUR, value.open_interest, value.known_at, value.current, value.batch_id)
        paid = (origin.page_path, origin.sha256, origin.page_rows, origin.requested_at, origin.charged_credits)
        expected.append((*about, *paid))
    assert shown == expected


def test_a_derived_value_leads_to_the_5m_row_that_it_is_read_off(
    start_vendor: StartVendor, settings_for: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = row(3, interval="5m")
    settings = settings_for(start_vendor(page([bought])).base_url)
    run_steps(settings, scope(settings, Interval.M5, sources=("binance_futures",)))
    with open_warehouse(settings) as warehouse:
        copy_all(warehouse, [Derived("binance_futures", "BTC", "1h", ((DAY, DAY + 24 * HOUR),))])
    leave_out_marts(monkeypatch)
    found = hour(settings, 3.5)
    assert (found.state, found.interval, found.value_interval) == (CellState.DERIVED, "1h", "5m")
    (value,) = found.values
    assert (value.open_interest, value.current) == (52_343.5, True)
    (origin,) = value.origins
    assert (json.loads(origin.received_as or ""), origin.charged_credits) == (bought, 53)
    assert value.rules_passed
    assert f"known since {iso(value.known_at)}" in found.sentence


def test_a_rejected_row_is_shown_with_its_rule_and_text(loaded: Settings) -> None:
    found = hour(loaded, 1)
    (rejected,) = found.rejected
    assert (found.state, found.values, found.marts) == (CellState.REJECTED, [], [])
    assert json.loads(rejected.received_as) == row(1, open_interest=-1)
    assert rejected.origin is not None
    assert (rejected.origin.page, rejected.origin.received_as) == ("holds the row", rejected.received_as)
    assert (rejected.origin.page_path, rejected.row_index) == (rejected.page_path, 1)
    assert rejected.origin.charged_credits == 50 + 3 * len(FIRST_HOURS)
    assert rejected.rules
    assert all(rule in found.sentence for rule in rejected.rules)
    assert hour(loaded, 0).rejected == []


def test_a_rejected_row_is_found_however_it_spells_its_series(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """`24h` is `1d`, and such a row accounts for its bucket."""
    settings = settings_for(start_vendor(page([row(0, interval="24h", open_interest=-1)])).base_url)
    run_steps(settings, scope(settings, Interval.D1, sources=("binance_futures",)))
    found = trace(settings, Series("BTC", "binance_futures", Interval.D1), DAY)
    assert (found.state, len(found.rejected)) == (CellState.REJECTED, 1)


def test_silence_is_traced_to_how_often_a_good_answer_showed_it(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor = start_vendor(answer)
    settings = settings_for(vendor.base_url, PROMPT)
    load(settings)
    assert hour(settings, 2).state is CellState.EMPTY_ONCE
    vendor.now = NOW + HOUR
    load(settings)
    found = hour(settings, 2)
    assert (found.state, found.values) == (CellState.PROVEN_EMPTY, [])
    assert found.coverage is not None
    assert (found.coverage.empty_reads, found.coverage.doubts) == (2, ())
    assert len(found.windows) == 2


def test_an_unconfirmed_silence_names_its_doubt(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    settings = settings_for(start_vendor(page(FIRST_HOURS, partial=True)).base_url)
    load(settings)
    found = hour(settings, 2)
    assert found.state is CellState.UNPROVEN
    assert found.coverage is not None
    assert found.coverage.doubts
    assert all(Doubt(doubt).sentence in found.sentence for doubt in found.coverage.doubts)


def test_a_damaged_page_is_said_to_be_damaged(loaded: Settings) -> None:
    store = LandingStore(loaded.landing_url)
    for path in store.walk():
        (loaded.home / "landing" / path).write_bytes(b"something else")
    (origin,) = hour(loaded, 3).values[0].origins
    assert (origin.page, origin.received_as) == ("missing or damaged", None)


def test_what_was_read_and_not_loaded_says_so(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    settings = settings_for(start_vendor(page(FIRST_HOURS)).base_url)
    assert hour(settings, 3).state is CellState.NEVER_REQUESTED
    run = RunSpec(new_run_id("test"), "backfill")
    planned = plan(settings, run, scope(settings, Interval.H1, sources=("binance_futures",)))
    assert hour(settings, 3).state is CellState.IN_PROGRESS
    extract(settings, run, planned.window_ids)
    found = hour(settings, 3)
    assert (found.state, found.values) == (CellState.NOT_LOADED, [])
    assert trace(settings, BTC_H1, NOW + timedelta(days=900)).state is CellState.NOT_BEGUN


ROWS = Covered(TimeRange(DAY, DAY + HOUR), NOW, "rows")


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({"covered": ROWS}, CellState.MISSING),
        ({"batch_states": {"set_aside"}}, CellState.SET_ASIDE),
        ({"window_states": {"refused"}}, CellState.REFUSED),
        ({"window_states": {"given_up"}}, CellState.GIVEN_UP),
        ({"derived": True}, CellState.DERIVED),
    ],
)
def test_rarer_states(known: dict[str, object], state: CellState) -> None:
    nothing: dict[str, object] = {"stored": False, "derived": False, "rejected": False, "covered": None, "begun": True}
    facts = nothing | {"batch_states": set(), "window_states": set()} | known
    assert state_of(**facts) is state  # type: ignore[arg-type] # fields of several types
