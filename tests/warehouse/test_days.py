"""What is stored of each day is what its rows give: after a restatement, a crash before it was stored, a rebuild."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.domain.time_range import TimeRange
from include.warehouse import Warehouse, days
from include.warehouse.session import Session
from tests import clock
from tests.warehouse.batches import Row, accepted, dq, publish, quarantine, sentences, stop_merges
from tests.warehouse.ledger_copies import copy_derived, mart
from tests.warehouse.test_rebuild import pages

DAY = clock.real_now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
KNOWN = DAY + timedelta(days=1, hours=2)
WRONG_DAY = "bi.open_interest_daily is computed from a stored 1h day of BTC kalshi"


@pytest.fixture
def warehouse(emptied_warehouse: Warehouse) -> Warehouse:
    return emptied_warehouse


def row(hour: int, value: float, **more: Any) -> Row:
    return Row(DAY + timedelta(hours=hour), open_interest=value, known_at=KNOWN)._replace(**more)


def wrong_days(warehouse: Warehouse) -> list[str]:
    """What is said of stored days that are not what their rows give; all marts of rows are computed from them."""
    return sentences(warehouse, "open_interest_daily")


def right_days(warehouse: Warehouse) -> list[tuple[float, int]]:
    """Close and number of rows of each stored day, which is exactly what its rows give."""
    stored, computed = (
        warehouse.query_rows(
            f"SELECT close, observations, * FROM market.{view} ORDER BY source, interval, symbol, day"
        )[1]
        for view in ("open_interest_days", "open_interest_days_computed")
    )
    assert stored == computed
    return [(close, observations) for close, observations, *_ in stored]


def test_a_restated_row_changes_its_day_alone(warehouse: Warehouse) -> None:
    stop_merges(warehouse)
    publish(warehouse, "b1", [row(0, 1.0), row(5, 2.0), row(0, 4.0, symbol="ETH"), row(24, 9.0)])
    publish(warehouse, "b2", [row(5, 3.0, known_at=KNOWN + timedelta(hours=1))])
    day = DAY.date()
    assert mart(warehouse, "day, symbol, open, close, observations", "open_interest_daily") == [
        (day, "BTC", 1.0, 3.0, 2), (day, "ETH", 4.0, 4.0, 1), (day + timedelta(days=1), "BTC", 9.0, 9.0, 1),
    ]  # fmt: skip


def test_days_of_a_batch_without_others_are_what_its_rows_give(warehouse: Warehouse) -> None:
    """They are computed by a query of their own, without comparing answers."""
    rows = [row(hour, 1.0 + hour % 7, open_interest_usd=float(hour) if hour % 3 else None) for hour in range(20, 60)]
    rows += [row(hour, 2.0, symbol="ETH", source="binance_futures") for hour in (1, 30)]
    rows += [row(hour / 12, 3.0, interval="5m", open_interest_usd=0.0) for hour in range(30)]
    publish(warehouse, "b1", rows)
    assert len(right_days(warehouse)) == 6


def test_a_day_has_the_rows_of_each_batch(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [row(0, 1.0)])
    publish(warehouse, "b2", [row(5, 2.0)])
    assert right_days(warehouse) == [(2.0, 2)]


def test_a_day_keeps_the_rows_of_a_batch_that_was_judged_again(warehouse: Warehouse) -> None:
    """The second time with fewer rows, whose copies are merged at once: those of the first time stay."""
    publish(warehouse, "b1", [row(0, 1.0), row(5, 2.0)])
    show = Session.run

    def merged(session: Session, script: str, *arguments: Any, **names: str) -> None:
        show(session, script, *arguments, **names)
        if script.endswith("03_attach_observations.sql"):
            session.command("OPTIMIZE TABLE market.open_interest_observations FINAL")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "run", merged)
        publish(warehouse, "b1", [row(5, 2.0)])
    assert right_days(warehouse) == [(2.0, 2)]


def test_rows_that_come_between_look_and_write_stand(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch sees no other on its days, another one is published meanwhile, then the first one writes its days."""
    rows = Session.rows

    def meanwhile(session: Session, script: str, *arguments: Any, **names: str) -> Any:
        found = rows(session, script, *arguments, **names)
        if script.endswith("others.sql"):
            monkeypatch.setattr(Session, "rows", rows)
            publish(warehouse, "b2", [row(hour, 3.0, known_at=KNOWN + timedelta(hours=1)) for hour in (5, 6)])
        return found

    monkeypatch.setattr(Session, "rows", meanwhile)
    publish(warehouse, "b1", [row(5, 2.0)])
    assert right_days(warehouse) == [(3.0, 2)]


def test_a_day_left_behind_by_a_crash_is_reported_and_repaired(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose worker died is published again."""
    publish(warehouse, "b1", [row(0, 1.0)])
    late = [row(5, 2.0)]
    with monkeypatch.context() as crash:
        crash.setattr(days, "store_days_of_batch", lambda *_: None)
        publish(warehouse, "b2", late)
    assert [sentence.partition(" on ")[0] for sentence in wrong_days(warehouse)].count(WRONG_DAY) == 1
    publish(warehouse, "b2", late)
    assert wrong_days(warehouse) == []
    assert mart(warehouse, "close", "open_interest_daily") == [(2.0,)]


def test_a_shown_row_that_is_not_the_newest_answer_is_reported(warehouse: Warehouse) -> None:
    """Days are computed from the answers, and people read the current rows: both must be the same."""
    publish(warehouse, "b1", [row(0, 1.0), row(5, 2.0), row(6, 3.0)])
    changed = "UPDATE open_interest = 2.5 WHERE open_interest = 2"
    warehouse._session.command(f"ALTER TABLE market.open_interest_current {changed} SETTINGS mutations_sync = 1")
    assert [sentence.partition(" on ")[0] for sentence in wrong_days(warehouse)] == [WRONG_DAY]


def test_a_rebuild_leaves_no_day_of_rows_that_are_gone(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [row(0, 1.0), row(24, 2.0)])
    with warehouse.rebuilding(pages(KNOWN)) as publish_again:
        publish_again("b1", accepted([row(24, 2.0)]), quarantine(), dq())
    assert mart(warehouse, "day, close", "open_interest_daily") == [(DAY.date() + timedelta(days=1), 2.0)]
    assert wrong_days(warehouse) == []


def test_derived_rows_that_are_taken_back_leave_their_days(warehouse: Warehouse) -> None:
    publish(warehouse, "b1", [row(0, 1.0, interval="5m"), row(24, 2.0, interval="5m")])
    copy_derived(warehouse, (DAY, DAY + timedelta(days=2)))
    columns, five_minutes = "interval, timestamp, derived", ("5m", DAY + timedelta(days=1), False)
    assert mart(warehouse, columns, "open_interest_latest_by_interval") == [
        ("1h", DAY + timedelta(days=1), True),
        five_minutes,
    ]
    copy_derived(warehouse, (DAY, DAY + timedelta(days=1)), minutes=1)
    assert mart(warehouse, columns, "open_interest_latest_by_interval") == [("1h", DAY, True), five_minutes]
    copy_derived(warehouse, minutes=2)
    assert mart(warehouse, columns, "open_interest_latest_by_interval") == [five_minutes]
    assert wrong_days(warehouse) == []


def test_the_next_copy_stores_derived_days_that_a_crash_left(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of stretches that came, and of some that went; the next copy has the same stretches."""
    publish(warehouse, "b1", [row(0, 1.0, interval="5m"), row(24, 2.0, interval="5m")])

    def crash(*_: Any) -> None:
        raise OSError("the worker is gone")

    hours = []
    for minutes, stretch in enumerate(((DAY, DAY + timedelta(days=2)), (DAY, DAY + timedelta(days=1)))):
        with monkeypatch.context() as crashing:
            crashing.setattr(days, "store_days_of_derived", crash)
            with pytest.raises(OSError, match="the worker is gone"):
                copy_derived(warehouse, stretch, minutes=2 * minutes)
        copy_derived(warehouse, stretch, minutes=2 * minutes + 1)
        hours.append(mart(warehouse, "timestamp", "open_interest_latest_by_interval WHERE interval = '1h'"))
        assert wrong_days(warehouse) == []
    assert hours == [[(DAY + timedelta(days=1),)], [(DAY,)]]


def test_stretches_that_come_between_look_and_write_stand(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch sees that nothing is derived, another process stores a stretch with its days, then the batch writes."""
    publish(warehouse, "b1", [row(0, 1.0, interval="5m"), row(4, 2.0)])
    rows = Session.rows

    def meanwhile(session: Session, script: str, *arguments: Any, **names: str) -> Any:
        found = rows(session, script, *arguments, **names)
        if script.endswith("derived_of.sql"):
            monkeypatch.setattr(Session, "rows", rows)
            copy_derived(warehouse, (DAY, DAY + timedelta(days=1)))
        return found

    monkeypatch.setattr(Session, "rows", meanwhile)
    publish(warehouse, "b2", [row(5, 3.0)])
    assert warehouse.query_rows("SELECT open_interest FROM market.open_interest_days WHERE interval = '1h'")[1] == [
        ([1.0, 2.0, 3.0],)
    ]


def test_a_stretch_is_named_by_its_ends_however_long_it_is() -> None:
    """What is proven for all time begins in 1970; many stretches are several statements."""
    sent: list[list[Any]] = []

    class Recorder:
        def run(self, name: str, parameters: dict[str, Any]) -> None:
            sent.append(parameters["changed"])

    whole = TimeRange(datetime(1970, 1, 1, tzinfo=UTC), DAY)
    after = {("kalshi", "1h", f"S{number}"): [whole] for number in range(days.STRETCHES_A_STATEMENT + 1)}
    days.store_days_of_derived(Recorder(), {}, after)  # type: ignore[arg-type] # it only records
    assert [len(changed) for changed in sent] == [days.STRETCHES_A_STATEMENT, 1]
    assert sent[1][0][3:] == (date(1970, 1, 1), DAY.date() - timedelta(days=1))
