"""Behaviour 55: an answer with more rows than `limit`, or dearer than the price table says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from include.domain.clock import parse_instant
from include.domain.market import Interval
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.spending import ChargeRow
from include.pipeline.monitoring.alarms import alarms
from include.pipeline.workflows.adopt import adopt
from include.settings import Settings
from tests.behaviours.conftest import MakeSettings, StartVendor
from tests.behaviours.vendor import ScriptedVendor, page, row
from tests.kwery.scripted_server import Asked, Reply
from tests.pipeline.conftest import DAY, rows_of, run_steps, scope

ONE_AT_A_TIME = "api: {concurrency: 1, row_cap: 4}"
ONE_SOURCE = ("binance_futures",)


def too_many(factor: float, *, base: int = 50, per_row: int = 3, lost: int = 0) -> object:
    """A vendor whose pages hold `factor` times the rows that were asked for; the first `lost` answers are cut."""
    given = 0

    def answer(asked: Asked) -> Reply:
        nonlocal given
        given += 1
        first = int(asked.query.get("after", (parse_instant(asked.query["start"]) - DAY) // timedelta(hours=1)))
        end = (parse_instant(asked.query["end"]) - DAY) // timedelta(hours=1)
        until = min(end, first + round(factor * int(asked.query["limit"])))
        rows = [row(hour) for hour in range(first, until)]
        charge = {"X-Credits-Used": str(base + per_row * len(rows))}
        whole = page(rows, charge, next_cursor=str(until) if until < end else None)
        return whole if given > lost else Reply(body=whole.body, behaviour="cut")

    return answer


def charges_of(settings: Settings) -> list[tuple[int, int | None]]:
    """What was reserved and charged, in order; free requests left out."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        columns = select(ChargeRow.reserved_credits, ChargeRow.charged_credits)
        return [
            tuple(one)
            for one in connection.execute(columns.where(ChargeRow.reserved_credits > 0).order_by(ChargeRow.id))
        ]


def test_behaviour_55_more_rows_than_limit_end_the_run(start_vendor: StartVendor, settings_for: MakeSettings) -> None:
    settings = settings_for(start_vendor(too_many(3)).base_url, ONE_AT_A_TIME)
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    first = run_steps(settings, wanted)
    assert (first.credits, first.failed, first.complete) == (50 + 3 * 12, True, False)
    assert any("12 rows to a request with limit 4 cost 86" in sentence for sentence in first.left)
    assert len(rows_of(settings)) == 12
    [alarm] = [one for one in alarms(settings) if one.name == "excess"]
    assert "limit 4 reserves 62 credits" in alarm.sentence
    assert "12 rows cost 86" in alarm.sentence

    second = run_steps(settings, wanted, max_credits=85)
    assert (second.credits, len(rows_of(settings))) == (0, 12)
    third = run_steps(settings, wanted, max_credits=86)
    assert third.complete, third.left
    assert charges_of(settings) == [(62, 86), (86, 86)]


def test_a_price_above_the_table_is_reserved_from_the_second_request_on(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    vendor: ScriptedVendor = start_vendor(too_many(1, base=60))
    settings = settings_for(vendor.base_url, ONE_AT_A_TIME)
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE), max_credits=2 * 72 + 71)
    assert charges_of(settings) == [(62, 72)]
    assert report.failed
    report = run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE), max_credits=2 * 72 + 71)
    assert charges_of(settings) == [(62, 72), (72, 72), (72, 72)]
    assert not report.failed
    assert len(rows_of(settings)) == 12


def test_lost_answers_with_a_row_too_many_leave_no_credit_uncounted(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The vendor charges what it sends, and its account says so; no charge header arrives with a lost answer."""
    vendor: ScriptedVendor = start_vendor(too_many(1.25, lost=1))
    settings = settings_for(vendor.base_url, ONE_AT_A_TIME)
    run_steps(settings, scope(settings, Interval.H1, sources=ONE_SOURCE, end=DAY + timedelta(hours=8)))
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        settled, reserved = totals(connection)
    assert (settled, reserved) == (65, 65)  # the lost one is lifted when the second shows the excess


def test_an_adopted_answer_above_its_reservation_raises_later_ones(
    start_vendor: StartVendor, settings_for: MakeSettings
) -> None:
    """The ledger is lost after the excess was seen; what is landed shows it again."""
    settings = settings_for(start_vendor(too_many(3)).base_url, ONE_AT_A_TIME)
    wanted = scope(settings, Interval.H1, sources=ONE_SOURCE)
    run_steps(settings, wanted)
    for file in settings.home.glob("ledger.db*"):
        file.unlink()
    adopt(settings)
    assert [one.name for one in alarms(settings) if one.name == "excess"] == ["excess"]
    assert run_steps(settings, wanted, max_credits=85).credits == 0
    assert run_steps(settings, wanted, max_credits=86).complete
    assert charges_of(settings)[1:] == [(86, 86)]
