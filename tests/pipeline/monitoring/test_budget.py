from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.domain.market import Interval, Stream
from include.kwery.models import Limits
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import windows
from include.ledger.work.runs import open_run
from include.ledger.work.windows import NewWindow
from include.pipeline.monitoring.budget import BudgetView
from include.pipeline.monitoring.budget import budget as budget_of
from include.pipeline.pricing.preview import preview
from include.pipeline.scope.scope import scope_of
from include.settings import Settings, load_settings
from include.settings.budget import Lane
from include.settings.prices import Prices
from tests import clock

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = START + timedelta(days=10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STREAM = {symbol: Stream(symbol, Interval.H1, None) for symbol in ("BTC", "ETH", "SOL")}


@pytest.fixture(autouse=True)
def both_clocks() -> None:
    """There is no simulator here, and the tests' clock stays in a month of its own."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_with(tmp_path, "budget: {monthly_credits: 10000000}")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with open_ledger(settings.ledger_url) as opened:
        with opened.write() as connection:
            open_run(connection, "run", "hourly", None, START)
        yield opened


def settings_with(home: Path, text: str) -> Settings:
    (home / "pipeline.yaml").write_text(text)
    return load_settings({"OI_HOME": str(home / "oi"), "OI_CONFIG": str(home / "pipeline.yaml")})


def queue(ledger: Ledger, lane: str, symbol: str, rows: int, now: datetime = NOW) -> str:
    new = NewWindow(STREAM[symbol], START, START + DAY, 1000, rows, 50 + 3 * rows)
    with ledger.write() as connection:
        return windows.add(connection, "run", lane, [new], now)[0]


def spend(ledger: Ledger, settings: Settings, lane: str, symbol: str, credits: int, now: datetime) -> None:
    window_id = queue(ledger, lane, symbol, 0, now)
    answer = permits.permit(ledger, PermitRequest("run", lane, window_id, 0, credits), settings.budget, lambda: now)
    assert isinstance(answer, Granted), answer
    with ledger.write() as connection:
        charges.settle(connection, answer.charge_id, credits, source="test", now=now)
        windows.close(connection, window_id, windows.WindowState.SETTLED, now)


def lanes(view: BudgetView) -> dict[str, dict[str, object]]:
    return {lane.lane: lane.to_dict() for lane in view.lanes}


def test_a_cycle_is_shown_by_lane_day_and_symbol(ledger: Ledger, settings: Settings) -> None:
    for day in range(10):
        spend(ledger, settings, "hourly", "BTC", 20_000, START + day * DAY + HOUR)
    spend(ledger, settings, "backfill", "ETH", 300_000, START + 3 * DAY)
    queue(ledger, "backfill", "SOL", 1000)
    under_way = queue(ledger, "backfill", "ETH", 2000)
    permits.permit(ledger, PermitRequest("run", "backfill", under_way, 0, 3050), settings.budget, lambda: NOW)

    view = budget_of(settings, NOW)

    assert (view.allowance, view.allowance_from, view.left, view.reserve) == (
        10_000_000,
        "budget.monthly_credits",
        9_496_950,
        500_000,
    )
    assert (view.start, view.end, view.day, view.days) == (START, START + 31 * DAY, 11, 31)
    found = lanes(view)
    assert {name: found["hourly"][name] for name in ("share", "spent", "kept", "may_use", "at_pace")} == {
        "share": 5_000_000,
        "spent": 200_000,
        "kept": 4_800_000,
        "may_use": 8_996_950,
        "at_pace": 620_000,
    }
    assert found["backfill"]["spent"] == 303_050
    assert found["backfill"]["committed"] == 3050 + 3050 + 6100
    assert found["backfill"]["may_use"] == 3_500_000 - 303_050
    assert [sum(day.spent.values()) for day in view.burn_down[:5]] == [20_000, 20_000, 20_000, 320_000, 20_000]
    assert (view.burn_down[3].left, view.burn_down[3].even_left) == (9_620_000, round(10_000_000 * 27 / 31))
    assert len(view.burn_down) == 11
    assert view.burn_down[3].spent == {"hourly": 20_000, "backfill": 300_000}
    found_symbols = [(one.symbol, one.credits, one.committed, one.requests, one.forecast) for one in view.symbols]
    assert found_symbols == [
        ("ETH", 303_050, 3050 + 6100, 2, 303_050 + 6100),
        ("BTC", 200_000, 0, 10, 620_000),
        ("SOL", 0, 3050, 0, 3050),
    ]
    assert sum(one.committed for one in view.symbols) == found["backfill"]["committed"]
    assert view.symbols[0].share == 303_050 / 503_050
    json.dumps(view.to_dict(), default=str)


def test_a_preview_shows_the_cycles_allowance_and_spending(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, "budget: {monthly_credits: 60000}")
    now = clock.now()
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.write() as connection:
            open_run(connection, "run", "hourly", None, START)
        note_account(
            ledger, Limits(credits_used=0, credits_limit=50_000_000), before_reading(ledger, DAY), now, Prices()
        )
        spend(ledger, settings, "hourly", "BTC", 5000, START)
        spend(ledger, settings, "hourly", "BTC", 700, now)

    wanted = scope_of(settings, start=START, end=START + DAY)
    allowance = preview(settings, "backfill", wanted).allowance

    assert (allowance.limit, allowance.spent, allowance.reserved) == (60_000, 700, 0)
    assert allowance.remaining == 59_300


@pytest.mark.parametrize(("lane", "fits"), [("hourly", True), ("backfill", False)])
def test_a_plan_beyond_its_lanes_share_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lane: Lane, fits: bool
) -> None:
    """Although the account could pay it."""
    monkeypatch.setattr("include.ledger.work.clocks.utc_now", lambda: NOW)
    settings = settings_with(tmp_path, "budget: {monthly_credits: 1000000}")
    wanted = scope_of(settings, start=START - 150 * DAY, end=START, intervals=(Interval.M5,), symbols=("BTC",))

    seen = preview(settings, lane, wanted)

    assert 350_000 < seen.price.credits < 400_000
    assert (seen.fits, seen.allowance.remaining) == (fits, 1_000_000)
    assert seen.allowance.lane_remaining == {"hourly": 950_000, "backfill": 350_000}[lane]
    assert [sentence.split(":")[0] for sentence in seen.advice[:1]] == ["budget.lane_shares.backfill"] * (not fits)


@pytest.mark.parametrize(
    ("rates", "minutes"),
    [
        ({"requests_per_minute": 15, "requests_per_hour": 600}, 2 * 60 + 6),
        ({"requests_per_hour": 600}, 2 * 60),
        ({"requests_per_second": 1}, 1296 / 60),
        ({}, None),
    ],
)
def test_reading_time_follows_the_tightest_rate(tmp_path: Path, rates: dict[str, int], minutes: float | None) -> None:
    settings = settings_with(tmp_path, "{}")
    limits = Limits(credits_used=0, credits_limit=50_000_000, max_rows_per_request=100, **rates)
    with open_ledger(settings.ledger_url) as ledger:
        note_account(ledger, limits, before_reading(ledger, DAY), clock.now(), Prices())
    wanted = scope_of(settings, start=START - 150 * DAY, end=START, intervals=(Interval.M5,), symbols=("BTC",))

    seen = preview(settings, "backfill", wanted)

    assert seen.price.requests == 1296
    assert seen.wall_minutes == (None if minutes is None else pytest.approx(minutes, rel=0.05))


def test_a_request_that_was_never_sent_is_not_counted(ledger: Ledger, settings: Settings) -> None:
    spend(ledger, settings, "hourly", "BTC", 500, NOW)
    answer = permits.permit(
        ledger, PermitRequest("run", "hourly", queue(ledger, "hourly", "BTC", 0), 0, 500), settings.budget, lambda: NOW
    )
    assert isinstance(answer, Granted)
    with ledger.write() as connection:
        charges.cancel(connection, answer.charge_id, now=NOW)
    [btc] = budget_of(settings, NOW).symbols
    assert (btc.requests, btc.credits) == (1, 500)


def test_without_a_budget_or_an_account_nothing_is_bounded(tmp_path: Path) -> None:
    """A note says so."""
    view = budget_of(settings_with(tmp_path, "{}"), NOW)
    assert (view.allowance, view.left, view.reserve, view.symbols) == (None, None, None, [])
    assert {lane.verdict for lane in view.lanes} == {"nothing bounds it"}
    assert ["the account is unknown" in note for note in view.notes] == [True]


def test_the_forecast_is_the_larger_of_pace_and_plan(ledger: Ledger, settings: Settings) -> None:
    spend(ledger, settings, "hourly", "BTC", 10_000, START + 5 * DAY)
    hourly = lanes(budget_of(settings, NOW))["hourly"]
    assert hourly["at_pace"] == 31_000
    assert hourly["as_planned"] == hourly["forecast"] == 10_000 + round(692_550 * 21 / 30)


@pytest.mark.parametrize(
    ("budget", "lane", "verdict"),
    [
        ("{monthly_credits: 10000000}", "hourly", "lower budget.lane_shares.hourly"),
        ("{monthly_credits: 1200000}", "hourly", "fits into its share of 600,000"),
        ("{monthly_credits: 800000}", "hourly", "raise budget.lane_shares.hourly"),
        ("{monthly_credits: 150000}", "hourly", "the rest of the cycle lacks 342,285 credits; want fewer symbols"),
        ("{monthly_credits: 10000000}", "backfill", "may use 3,500,000 now"),
    ],
)
def test_each_lane_has_a_verdict_and_a_next_step(tmp_path: Path, budget: str, lane: str, verdict: str) -> None:
    view = budget_of(settings_with(tmp_path, f"budget: {budget}"), NOW)
    assert verdict in str(lanes(view)[lane]["verdict"])


def test_a_renewal_on_another_cycle_day_is_noted(ledger: Ledger, settings: Settings) -> None:
    for day, used in ((5, 900), (6, 950), (7, 10)):
        limits = Limits(credits_used=used, credits_limit=20_000_000)
        note_account(ledger, limits, before_reading(ledger, timedelta()), START + day * DAY, settings.prices)
    [note] = budget_of(settings, NOW).notes
    assert "between 2026-03-07 00:00 and 2026-03-08 00:00 (UTC), and budget.cycle_day is 1" in note
    on_the_8th = settings.model_copy(update={"budget": settings.budget.model_copy(update={"cycle_day": 8})})
    assert budget_of(on_the_8th, NOW).notes == []
