from __future__ import annotations

from datetime import date, datetime, timedelta

from include.domain.market import Interval, Stream
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted
from include.ledger.database.engine import Ledger
from include.ledger.queries.spend_by_day import DaySpend, spend_by_day
from include.ledger.work import windows
from include.ledger.work.windows import NewWindow
from include.settings.budget import Budget
from tests.ledger.conftest import NOW

SATURDAY, SUNDAY = date(2026, 3, 7), date(2026, 3, 8)


def planned(ledger: Ledger, symbol: str, interval: Interval = Interval.H1, source: str | None = None) -> str:
    new = NewWindow(Stream(symbol, interval, source), NOW - timedelta(days=1), NOW, 1000, 72, 266)
    with ledger.write() as connection:
        (window_id,) = windows.add(connection, "run", "backfill", [new], NOW, None)
    return window_id


def requested(ledger: Ledger, window_id: str, lane: str, moment: datetime) -> int:
    answer = permits.permit(
        ledger, PermitRequest("run", lane, window_id, 0, 350), Budget(lane_shares={}), lambda: moment
    )
    assert isinstance(answer, Granted)
    return answer.charge_id


def spent(ledger: Ledger) -> list[DaySpend]:
    with ledger.read() as connection:
        return spend_by_day(connection)


def test_no_request_is_no_spending(ledger: Ledger) -> None:
    assert spent(ledger) == []


def test_charges_are_summed_by_day_lane_and_symbol(ledger: Ledger) -> None:
    btc, eth = planned(ledger, "BTC"), planned(ledger, "ETH")
    saturday = NOW - timedelta(minutes=20)
    with_charge = [
        requested(ledger, btc, "backfill", saturday),
        requested(ledger, btc, "backfill", saturday),
        requested(ledger, btc, "backfill", NOW),
        requested(ledger, btc, "hourly", NOW),
    ]
    given_back, lost = requested(ledger, eth, "backfill", NOW), requested(ledger, eth, "backfill", NOW)
    with ledger.write() as connection:
        for charge_id in with_charge:
            charges.settle(connection, charge_id, 80, source="X-Credits-Used", now=NOW)
        charges.release(connection, given_back, outcome="refused", now=NOW)
        charges.mark_unknown(connection, lost, "no answer")
    assert spent(ledger) == [
        DaySpend(SATURDAY, "backfill", "BTC", "all", "1h", 160, 0, 2, 0),
        DaySpend(SUNDAY, "backfill", "BTC", "all", "1h", 80, 0, 1, 0),
        DaySpend(SUNDAY, "backfill", "ETH", "all", "1h", 0, 350, 2, 0),
        DaySpend(SUNDAY, "hourly", "BTC", "all", "1h", 80, 0, 1, 0),
    ]


def test_streams_of_a_symbol_are_counted_apart(ledger: Ledger) -> None:
    streams = [(Interval.H1, None), (Interval.M5, None), (Interval.H1, "kalshi")]
    for interval, source in streams:
        requested(ledger, planned(ledger, "BTC", interval, source), "hourly", NOW)
    assert [(one.source, one.interval, one.requests) for one in spent(ledger)] == [
        ("all", "1h", 1),
        ("all", "5m", 1),
        ("kalshi", "1h", 1),
    ]


def test_cancelled_request_is_not_counted(ledger: Ledger) -> None:
    btc, eth = planned(ledger, "BTC"), planned(ledger, "ETH")
    answered, *unsent = (requested(ledger, window_id, "backfill", NOW) for window_id in (btc, btc, eth))
    with ledger.write() as connection:
        charges.settle(connection, answered, 80, source="X-Credits-Used", now=NOW)
        for charge_id in unsent:
            charges.cancel(connection, charge_id, now=NOW)
    assert spent(ledger) == [
        DaySpend(SUNDAY, "backfill", "BTC", "all", "1h", 80, 0, 1, 0),
        DaySpend(SUNDAY, "backfill", "ETH", "all", "1h", 0, 0, 0, 0),
    ]
