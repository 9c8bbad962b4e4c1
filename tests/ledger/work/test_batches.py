from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, text

from include.domain.market import Interval, Stream
from include.ledger.database.engine import Ledger
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ChargeRow
from include.ledger.database.models.work import BatchState, PageRow
from include.ledger.work import batches, runs, windows
from include.ledger.work.windows import NewWindow
from tests.ledger.conftest import NOW

NEW = NewWindow(Stream("BTC", Interval.H1), NOW - timedelta(days=1), NOW, 1000, 72, 266)
CHARGE = {
    "run_id": "run",
    "lane": "backfill",
    "day": f"{NOW:%Y-%m-%d}",
    "sequence": 0,
    "owner": "",
    "requested_at": NOW,
    "reserved_credits": 266,
    "state": "settled",
}
ELSEWHERE = "elsewhere/boot/1/0.00"
LATER = NOW + 2 * batches.PATIENCE


def landed(ledger: Ledger, count: int) -> list[str]:
    """Windows with one page each: of 1 row, 2 rows, and so on."""
    with ledger.write() as connection:
        window_ids = windows.add(connection, "run", "backfill", [NEW] * count, NOW)
        for rows, window_id in enumerate(window_ids, 1):
            page = {"window_id": window_id, "sequence": 0, "charge_id": rows, "path": str(rows), "sha256": ""}
            times = {"received_at": NOW, "observed_at": NOW, "known_at": NOW}
            connection.execute(insert(table_of(PageRow)).values(page | times | {"rows": rows}))
    return window_ids


def test_batch_takes_pages_that_are_in_none(ledger: Ledger) -> None:
    """Also where there are more windows than one statement can name."""
    window_ids = landed(ledger, 501)
    with ledger.write() as connection:
        assert batches.cut(connection, "run", ledger.process_id, window_ids[:2], NOW).rows == 1 + 2
        assert batches.cut(connection, "run", ledger.process_id, window_ids, NOW).rows == sum(range(3, 502))
        assert batches.cut(connection, "run", ledger.process_id, window_ids, NOW).rows == 0


def test_windows_of_others_are_those_of_living_processes(ledger: Ledger) -> None:
    """A batch that is settled, or whose process is gone, keeps no window from others."""
    first, second, third, fourth, own = landed(ledger, 5)
    with ledger.write() as connection:
        for window_id in (first, second):
            batches.cut(connection, "run", ELSEWHERE, [window_id], NOW)
        settled = batches.cut(connection, "run", ELSEWHERE, [third], NOW)
        batches.set_state(connection, settled.batch_id, BatchState.SETTLED)
        place, boot, *_ = ledger.process_id.split("/")
        batches.cut(connection, "run", f"{place}/{boot}/1/0.00", [fourth], NOW)
        batches.cut(connection, "run", ledger.process_id, [own], NOW)
        assert batches.windows_of_others(connection, ledger.process_id, NOW) == {first, second}
        assert batches.windows_of_others(connection, ledger.process_id, LATER) == set()


def test_rows_that_another_run_settled_are_counted_for_the_payer(ledger: Ledger) -> None:
    """Not those that a run settled itself, nor those whose batch is open."""
    own, lent, waiting = landed(ledger, 3)
    with ledger.write() as connection:
        runs.open_run(connection, "run", "backfill", None, NOW)
        for charge_id, window_id in enumerate((own, lent, waiting), 1):  # as the pages name their charges
            connection.execute(insert(table_of(ChargeRow)).values(CHARGE | {"id": charge_id, "window_id": window_id}))
        for run_id, window_id in (("run", own), ("other", lent)):
            batch = batches.cut(connection, run_id, ledger.process_id, [window_id], NOW)
            batches.set_state(connection, batch.batch_id, BatchState.SETTLED)
        batches.cut(connection, "other", ledger.process_id, [waiting], NOW)
        assert batches.rows_settled_elsewhere(connection, ["run", "other"]) == {"run": 2}


def test_orphans_are_adopted_with_own_batches(ledger: Ledger) -> None:
    lost, own = landed(ledger, 2)
    with ledger.write() as connection:
        orphan = batches.cut(connection, "run", ELSEWHERE, [lost], NOW)
        mine = batches.cut(connection, "run", ledger.process_id, [own], NOW)
        assert batches.adopt_orphans(connection, ledger.process_id, NOW) == [mine]
        adopted = batches.adopt_orphans(connection, ledger.process_id, LATER)
        owners = connection.execute(text("SELECT DISTINCT owner FROM batches")).scalars().all()
    assert {batch.batch_id for batch in adopted} == {orphan.batch_id, mine.batch_id}
    assert owners == [ledger.process_id]


def test_first_counts_of_publishing_are_kept(ledger: Ledger) -> None:
    with ledger.write() as connection:
        batch = batches.cut(connection, "run", ledger.process_id, [], NOW)
        for new in (3, 0):
            batches.note_published(connection, batch.batch_id, {"new": new})
        assert batches.published_by(connection, "run") == [{"new": 3}]
