from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.spending import ChargeRow, ReadingRow
from include.ledger.database.models.work import WindowRow
from include.ledger.work.coverage import replace_coverage
from include.ledger.work.runs import finish_run, open_run
from include.pipeline.monitoring.alarms import alarms, hourly_alarms
from include.pipeline.monitoring.status import check_marts, reconciliation
from include.pipeline.monitoring.status import status as status_of
from include.pipeline.pricing.preview import preview
from include.pipeline.steps.settle.sync_marts import sync_marts
from include.pipeline.workflows.replay import replay
from include.planning.windows.coverage import Covered
from include.settings import Settings
from include.simulator.server import RunningSimulator
from include.warehouse.connect import open_warehouse
from tests import clock
from tests.behaviours.vendor import hours, page, row, vendor_of
from tests.pipeline.conftest import DAY, NOW, rows_of, run_steps, scope


def names(settings: Settings) -> list[str]:
    return [alarm.name for alarm in alarms(settings)]


def change(settings: Settings, statement: Any) -> None:
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        connection.execute(statement)


def load_up_to_date(settings: Settings) -> None:
    report = run_steps(settings, scope(settings, Interval.H1, start=DAY, end=NOW), lane="hourly")
    assert report.complete, report.left


def test_an_empty_ledger_has_no_alarms(settings: Settings) -> None:
    assert alarms(settings) == []
    assert status_of(settings).alarms == []


def test_a_past_day_loaded_on_purpose_has_no_alarms(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.M5, Interval.D1))
    assert alarms(settings) == []


def test_freshness_is_measured_by_the_vendors_clock(vendor: RunningSimulator, settings: Settings) -> None:
    load_up_to_date(settings)
    assert alarms(settings) == []
    assert status_of(settings).vendor_now - NOW < timedelta(minutes=10)

    vendor.pin(NOW + timedelta(hours=8))
    preview(settings, "daily", scope(settings, Interval.H1))  # reads the account, and with it the clock
    [alarm] = hourly_alarms(settings, [Interval.H1])
    assert "BTC binance_futures 1h, BTC hyperliquid 1h, BTC kalshi 1h" in alarm.subject
    assert hourly_alarms(settings, [Interval.M5]) == []
    assert names(settings) == ["freshness"]


def test_a_price_change_is_an_hourly_alarm(settings: Settings) -> None:
    """The account shows it, too."""
    load_up_to_date(settings)
    dearer = settings.model_copy(update={"prices": settings.prices.model_copy(update={"per_row_credits": 1})})
    [alarm] = alarms(dearer)
    assert (alarm.name, alarm.severity) == ("price", "error")
    [in_the_hour] = hourly_alarms(dearer, [Interval.H1])
    assert in_the_hour.sentence == alarm.sentence.replace("of the last 25 hours", "of the last 2 hours")
    assert in_the_hour.sentence != alarm.sentence
    assert hourly_alarms(settings, [Interval.H1]) == []

    preview(dearer, "daily", scope(settings, Interval.H1))
    found = reconciliation(dearer)
    assert found is not None
    assert found.unexplained == 0
    assert found.account_used == found.ledger_settled > found.price_differences > 0

    change(settings, update(ChargeRow).values(settled_at=clock.now() - timedelta(hours=3)))
    assert ([one.name for one in alarms(dearer)], hourly_alarms(dearer, [])) == (["price"], [])
    change(settings, update(ChargeRow).values(settled_at=clock.now() - timedelta(days=2)))
    assert alarms(dearer) == []


def test_another_user_of_the_key_is_an_alarm(settings: Settings, settings_for: Callable[..., Settings]) -> None:
    load_up_to_date(settings)
    stranger = settings_for(settings.api.base_url, home="elsewhere")
    load_up_to_date(stranger)
    preview(settings, "daily", scope(settings, Interval.H1))
    assert names(settings) == ["unexplained"]
    status = status_of(settings).to_dict()
    assert status["reconciliation"]["unexplained"] == status_of(stranger).credits.spent
    assert status["alarms"][0]["severity"] == "error"
    json.dumps(status, default=str)


def test_a_forgotten_half_read_window_is_an_alarm(settings: Settings) -> None:
    wanted = scope(settings, Interval.M5, end=DAY + timedelta(days=3))
    run_steps(settings, wanted, max_credits=4000)
    assert names(settings) == []
    long_ago = clock.now() - timedelta(hours=7)
    change(settings, update(WindowRow).values(created_at=long_ago))
    assert "stuck" in names(settings)


def test_a_repeatedly_refused_symbol_is_an_alarm(settings: Settings) -> None:
    for _ in range(3):
        run_steps(settings, scope(settings, Interval.H4, symbols=("NOSUCH",)))
    [alarm] = [one for one in alarms(settings) if one.name == "refused"]
    assert "NOSUCH" in alarm.subject


@pytest.mark.parametrize(
    ("lane", "began", "ended", "expected"),
    [
        ("hourly", 4, 1, []),
        ("hourly", 4, 2, ["late"]),
        ("hourly", 1, None, []),
        ("hourly", 2, None, ["late"]),  # the first one, which hangs
        ("daily", 40, 26, []),
        ("daily", 40, 28, ["late"]),
    ],
)
def test_a_scheduled_lane_without_a_recent_run_is_late(
    settings: Settings, lane: str, began: int, ended: int | None, expected: list[str]
) -> None:
    now = clock.now()
    for run_id, scheduled in (("by a person", False), ("by a scheduler", True)):
        assert names(settings) == [], "nobody waits for a run that a person began"
        with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
            open_run(connection, run_id, lane, None, now - timedelta(hours=began), scheduled=scheduled)
            if ended is not None:
                finish_run(connection, run_id, True, {}, now - timedelta(hours=ended))
    assert names(settings) == expected
    assert [alarm.name for alarm in hourly_alarms(settings, [])] == expected
    if lane == "hourly":
        only_days = settings.series.model_copy(update={"intervals": [Interval.D1]})
        assert names(settings.model_copy(update={"series": only_days})) == []


def test_a_manual_run_does_not_hide_a_late_scheduler(settings: Settings) -> None:
    now = clock.now()
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for run_id, hours, scheduled in (("by a scheduler", 30, True), ("healed by hand", 1, False)):
            open_run(connection, run_id, "daily", None, now - timedelta(hours=hours), scheduled=scheduled)
            finish_run(connection, run_id, True, {}, now - timedelta(hours=hours))
    assert names(settings) == ["late"]


def test_an_account_without_credits_is_an_alarm(settings: Settings) -> None:
    load_up_to_date(settings)
    change(
        settings,
        insert(ReadingRow).values(
            read_at=clock.now(), vendor_time=NOW, credits_remaining=0, ledger_settled_credits=10**9, clean=False
        ),
    )
    change(settings, update(ReadingRow).values(credits_remaining=-(10**9)))
    assert names(settings) == ["pace"]


def test_a_budget_is_used_up_where_the_reserve_begins(settings: Settings) -> None:
    load_up_to_date(settings)
    spent = status_of(settings).credits.spent
    assert spent
    limits = settings.budget.model_copy(update={"monthly_credits": spent, "reserve_share": 0.0})
    enough = limits.model_copy(update={"monthly_credits": 2 * spent})
    with_reserve = enough.model_copy(update={"reserve_share": 0.5})
    found = [names(settings.model_copy(update={"budget": budget})) for budget in (limits, enough, with_reserve)]
    assert found == [["pace"], [], ["pace"]]


@pytest.mark.parametrize(("bad", "expected"), [(3, ["quarantine"]), (0, [])])
def test_the_share_of_quarantined_rows_is_an_alarm(settings: Settings, bad: int, expected: list[str]) -> None:
    from include.ledger.database.models.work import FindingRow

    load_up_to_date(settings)
    change(settings, update(FindingRow).where(FindingRow.source == "kalshi").values(received=30, quarantined=bad))
    assert names(settings) == expected


def test_deleted_rows_are_an_alarm_until_a_replay(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1))
    whole = rows_of(settings)
    with open_warehouse(settings) as warehouse:
        delete = "DELETE FROM market.open_interest_current WHERE symbol = 'BTC' AND source = 'kalshi'"
        warehouse._session.command(delete)
    [alarm] = alarms(settings)
    assert (alarm.name, alarm.subject) == ("stored", "BTC kalshi 1h")
    assert "24 points" in alarm.sentence
    assert [one.name for one in status_of(settings).alarms] == ["stored"]
    sync_marts(settings)
    assert any("24 buckets of BTC kalshi 1h" in problem for problem in check_marts(settings)), "the check agrees"

    replay(settings)
    assert (alarms(settings), check_marts(settings)) == ([], [])
    assert rows_of(settings) == whole


def test_rejected_rows_account_for_their_buckets(settings_for: Callable[..., Settings]) -> None:
    """However a row spells its time; the alarm, the marts' check and settling agree on it."""
    spellings = {3: "2026-03-07T03:00:07Z", 4: "1772856000.0", 5: "20260307T050000Z"}
    bad = [row(number) | {"timestamp": time, "open_interest": -1.0} for number, time in spellings.items()]
    with vendor_of(page([*hours(0, 3), *bad, *hours(6, 24)])) as vendor:
        settings = settings_for(vendor.base_url)
        report = run_steps(settings, scope(settings, Interval.H1, sources=("binance_futures",)))
    sync_marts(settings)

    assert report.loaded.quarantined == len(spellings)
    assert [alarm.sentence for alarm in alarms(settings) if alarm.name == "stored"] == []
    assert check_marts(settings) == []


def test_extra_rows_of_other_days_do_not_hide_a_lost_day(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1, end=DAY + timedelta(days=2)))
    second = TimeRange(DAY + timedelta(days=1), DAY + timedelta(days=2))
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        replace_coverage(connection, {Series("BTC", "kalshi", Interval.H1): [Covered(second, NOW, "rows")]})
    assert alarms(settings) == []
    with open_warehouse(settings) as warehouse:
        gone = "source = 'kalshi' AND timestamp = '2026-03-08 05:00:00'"
        warehouse._session.command(f"DELETE FROM market.open_interest_current WHERE {gone}")
    [alarm] = alarms(settings)
    assert (alarm.name, alarm.subject) == ("stored", "BTC kalshi 1h")
    assert alarm.sentence.startswith("1 point between 2026-03-08T05:00:00Z")


def test_a_warehouse_that_was_moved_away_is_an_alarm(settings: Settings) -> None:
    run_steps(settings, scope(settings, Interval.H1))
    (settings.home / "warehouse").rename(settings.home / "elsewhere")
    [alarm] = alarms(settings)
    assert alarm.name == "stored"
    assert "72 points" in alarm.sentence
    assert not (settings.home / "warehouse").exists()
