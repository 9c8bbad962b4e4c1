"""Ledgers of earlier versions, opened by this one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from include.domain.market import Interval, Series
from include.kwery.answers.doubts import Doubt
from include.kwery.models import Limits
from include.ledger.credits import charges
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import BatchState
from include.ledger.queries.reconciliation import reconciliation_of
from include.ledger.queries.spend_by_day import spend_by_day
from include.ledger.work import batches, pages, windows
from include.ledger.work.coverage import coverage_of
from include.ledger.work.runs import run_of, spending_of
from include.ledger.work.symbols import UNKNOWN_SYMBOL, listed_symbols, unknown_since
from include.planning.windows.coverage import PROVEN_READS
from include.settings.prices import Prices
from tests.ledger.conftest import NOW
from tests.ledger.database.older_ledgers import DAY, HOUR, OWNER, charge, ledger_of, put, window

LAST_VERSION = "0015"
ALL_ROWS = ("account_readings", "batches", "charges", "coverage", "findings", "pages", "runs", "spend", "symbols")
NO_SPENDING = {"settled_credits": 0, "reserved_credits": 0, "requests": 0}
CLEAN = {"ledger_settled_credits": 0, "clean": True}
CREDITS = """
SELECT (SELECT sum(settled_credits) FROM runs), (SELECT sum(reserved_credits) FROM runs),
    (SELECT sum(settled_credits) FROM spend), (SELECT sum(reserved_credits) FROM spend),
    (SELECT sum(charged_credits) FROM charges), (SELECT sum(reserved_credits) FROM charges),
    (SELECT sum(credits_used) FROM account_readings), (SELECT sum(rows) FROM pages), (SELECT sum(rows) FROM windows)
"""


def fill(connection: Connection) -> None:
    """A run that read, failed and lost answers; every state of the last version occurs."""
    spent = {"lane": "hourly", "settled_credits": 118, "reserved_credits": 118, "requests": 5}
    put(connection, "runs", {"run_id": "run", "started_at": NOW, "scheduled": True} | spent)
    put(connection, "spend", {"day": DAY, "rows": 3} | spent)
    put(
        connection,
        "windows",
        window("settled", "settled", rows=3, next_sequence=1),
        window("reading", "reading", lease_until=NOW) | {"holder": OWNER},
        window("planned", "planned", claims=0),
        window("unread", "superseded", claims=0, note="planned again by another run"),
        window("read late", "superseded", note="planned again by another run"),
        window("refused", "refused"),
    )
    made = [
        charge(1, "settled", "settled", "page", 59),
        charge(2, "read late", "settled", "page", 59),
        charge(3, "refused", "released", "400 invalid_symbol", 0),
        charge(4, "reading", "released", "not sent", 0),
        charge(5, "reading", "reserved", "no answer TransportFailed", None),
        charge(6, "reading", "reserved", None, None),
        charge(7, "reading", "released", "503 VendorUnavailable", 0),
    ]
    put(connection, "charges", *(one | {"holder": OWNER} for one in made))
    received = {"rows": 3, "received_at": NOW, "observed_at": NOW, "known_at": NOW, "sha256": "0" * 64}
    page = {"window_id": "settled", "sequence": 0, "charge_id": 1, "path": "p", "batch_id": "b"}
    put(connection, "pages", page | received)
    batch = {"batch_id": "b", "run_id": "run", "state": "settled", "holder": OWNER, "rows": 3, "created_at": NOW}
    put(connection, "batches", batch | {"figures": {"new": 3, "changed": 0}})
    series = {"symbol": "BTC", "source": "kalshi", "interval": "1h"}
    counts = {"received": 3, "accepted": 3, "quarantined": 0, "duplicates": 0, "outside": 0, "blocked": False}
    put(connection, "findings", {"batch_id": "b", "window_id": "settled", "found": []} | series | counts)
    found = {"start": NOW - HOUR, "end": NOW, "observed_at": NOW, "found": "rows", "empty_reads": 0}
    put(connection, "coverage", series | found)
    listed = {"sources": ["kalshi"], "intervals": ["1h"], "missed": 0, "silent_since": NOW}
    times = {"first_seen": NOW, "last_seen": NOW, "listed_since": NOW}
    put(connection, "symbols", {"symbol": "BTC"} | listed | times)
    reading = {"read_at": NOW, "plan": "pro", "credits_used": 118, "credits_limit": 9000, "credits_remaining": 8882}
    put(connection, "account_readings", reading | {"ledger_settled_credits": 118, "clean": True})
    put(connection, "landing_sessions", {"token": "t", "holder": OWNER, "noted_at": NOW, "is_open": True})


def counts_of(connection: Connection) -> dict[str, int]:
    return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ALL_ROWS}


@pytest.fixture
def upgraded(url: str) -> Iterator[Ledger]:
    """A ledger of the last version, opened by this one; rows and credits are equal before and after."""
    with ledger_of(url, LAST_VERSION) as connection:
        fill(connection)
        rows, credits = counts_of(connection), connection.execute(text(CREDITS)).one()
    with open_ledger(url) as ledger:
        with ledger.read() as connection:
            assert counts_of(connection) == rows
            assert connection.execute(text(CREDITS)).one() == credits
        yield ledger


def test_upgrade_keeps_rows_and_credits(upgraded: Ledger) -> None:
    with upgraded.read() as connection:
        assert totals(connection) == (118, 118)
        assert spending_of(connection, "run") == (5, 118, 118)
        [day] = spend_by_day(connection)
        assert (day.settled_credits, day.reserved_credits, day.requests, day.rows) == (118, 118, 6, 3)
        assert batches.published_by(connection, "run") == [{"new": 3, "changed": 0}]
        assert [page.rows for page in pages.of_window(connection, "settled")] == [3]
        assert set(coverage_of(connection)) == {Series("BTC", "kalshi", Interval.H1)}
        assert listed_symbols(connection)["BTC"].inactive_since == NOW


def test_upgrade_gives_charges_their_states(upgraded: Ledger) -> None:
    """An answer that was given up, a request that was never sent and an error's code are found by columns."""
    states = "SELECT id, state, error_code FROM charges ORDER BY id"
    with upgraded.write() as connection:
        found = [tuple(row) for row in connection.execute(text(states))]
        assert found == [
            (1, "settled", None),
            (2, "settled", None),
            (3, "released", UNKNOWN_SYMBOL),
            (4, "cancelled", None),
            (5, "unknown", None),
            (6, "reserved", None),
            (7, "released", None),
        ]
        assert unknown_since(connection, NOW - HOUR) == {"BTC": [NOW]}
        charges.settle(connection, 5, 59, source="test", now=NOW)
        assert totals(connection) == (177, 59)


def test_upgrade_gives_windows_an_owner_and_a_state(upgraded: Ledger) -> None:
    """A superseded window without a request is deleted; one that was read nevertheless is given up."""
    with upgraded.read() as connection:
        found = {one.window_id: (one.state, one.owner) for one in windows.planned_by(connection, "run")}
    assert found == {
        "settled": ("settled", None),
        "reading": ("reading", OWNER),
        "planned": ("planned", None),
        "read late": ("given_up", None),
        "refused": ("refused", None),
    }


def test_upgrade_settles_no_window_again(url: str) -> None:
    """One that ended early is open while a page of it is in no settled batch; the others' coverage is written."""
    page = {"sequence": 0, "charge_id": 1, "sha256": "0" * 64, "rows": 3}
    times = {"received_at": NOW, "observed_at": NOW, "known_at": NOW}
    batch = {"run_id": "run", "owner": OWNER, "rows": 3, "created_at": NOW}
    with ledger_of(url, "0016") as connection:
        ended = {"settled": "settled", "refused": "refused", "given up": "given_up", "waiting": "refused"}
        put(connection, "windows", *(window(name, state) for name, state in ended.items()))
        put(connection, "batches", batch | {"batch_id": "b", "state": "settled"})
        put(connection, "batches", batch | {"batch_id": "c", "state": "cut"})
        of_batch = {name: "c" if name == "waiting" else "b" for name in ended}
        pages_of = [{"window_id": name, "path": name, "batch_id": of_batch[name]} for name in ended]
        put(connection, "pages", *(one | page | times for one in pages_of))
    with open_ledger(url) as ledger, ledger.write() as connection:
        assert windows.ready_to_settle(connection) == []
        assert [one.window_id for one in windows.open_windows(connection)] == ["waiting"]
        batches.set_state(connection, "c", BatchState.SETTLED)
        [ready] = windows.ready_to_settle(connection)
        assert ready.window_id == "waiting"
        windows.settle(connection, ready, None, NOW)
        assert windows.open_windows(connection) == []


def test_upgrade_keeps_where_a_reread_began(url: str) -> None:
    with ledger_of(url, "0016") as connection:
        spent = {"lane": "hourly", "settled_credits": 0, "reserved_credits": 0, "requests": 0}
        put(connection, "runs", {"run_id": "run", "started_at": NOW, "scheduled": True, "reread_at": NOW} | spent)
        owned = {"owner": OWNER}
        put(connection, "charges", charge(1, "before", "settled", "page", 59) | owned)
        put(connection, "charges", charge(2, "after", "settled", "page", 59) | owned | {"requested_at": NOW + HOUR})
    with open_ledger(url) as ledger, ledger.read() as connection:
        run = run_of(connection, "run")
    assert run is not None
    assert run.reread_after_charge == 1


def test_upgrade_turns_doubts_into_reasons(url: str) -> None:
    """Doubt without a reason gets the reason that was shown for it; what was proven stays proven."""
    series = {"symbol": "BTC", "source": "kalshi", "interval": "1h", "found": "empty"}
    hours = [
        {"start": NOW + hour * HOUR, "end": NOW + (hour + 1) * HOUR, "observed_at": NOW, "empty_reads": reads}
        for hour, reads in enumerate((0, 1, PROVEN_READS))
    ]
    with ledger_of(url, "0013") as connection:
        put(connection, "coverage", *(series | hour for hour in hours))
    with open_ledger(url) as ledger, ledger.read() as connection:
        [entries] = coverage_of(connection).values()
    assert [(one.empty_reads, one.doubts) for one in entries] == [
        (0, (Doubt.POSSIBLY_CLIPPED,)),
        (1, ()),
        (PROVEN_READS, ()),
    ]


def test_upgrade_splits_months_of_spending_into_days(url: str) -> None:
    """Each charge counts on the day of its request, open reservations included."""
    with ledger_of(url, "0002") as connection:
        start = {"lane": "hourly", "settled_credits": 118, "reserved_credits": 59, "requests": 3}
        put(connection, "runs", {"run_id": "run", "started_at": NOW} | start)
        put(connection, "spend", {"period": "2026-03", "rows": 0} | start)
        days_ago = {"page": 5, "no answer": 0, None: 0}
        for number, (outcome, days) in enumerate(days_ago.items(), 1):
            state = "settled" if outcome else "reserved"
            one = charge(number, "w", state, outcome, 59 if outcome else None)
            one |= {"holder": OWNER, "period": "2026-03", "requested_at": NOW - timedelta(days=days)}
            put(connection, "charges", {key: value for key, value in one.items() if key not in ("day", "row_limit")})
    with open_ledger(url) as ledger, ledger.write() as connection:
        by_day = connection.execute(text("SELECT * FROM spend ORDER BY day")).all()
        assert by_day == [("2026-03-03", "hourly", 59, 0, 1, 0), ("2026-03-08", "hourly", 59, 59, 2, 0)]
        charges.settle(connection, 3, 20, source="test", now=NOW)
        assert totals(connection) == (138, 0)


def test_upgrade_keeps_the_first_versions_readings(url: str) -> None:
    """They lack what they explained; the next reading is compared with the newest of them."""
    with ledger_of(url, "0001") as connection:
        put(connection, "runs", {"run_id": "run", "lane": "hourly", "started_at": NOW} | NO_SPENDING)
        put(connection, "account_readings", {"read_at": NOW, "credits_used": 1000} | CLEAN)
    with open_ledger(url) as ledger:
        before = before_reading(ledger, timedelta())
        note_account(ledger, Limits(credits_used=1050), before, NOW, Prices())
        with ledger.read() as connection:
            found = reconciliation_of(connection)
    assert found is not None
    assert (found.account_used, found.ledger_settled, found.unexplained) == (50, 0, 50)
