from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.exc import ProgrammingError

from include.ledger.database.engine import Ledger, LedgerError
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import ReadingRow, RunRow
from include.ledger.database.prepared import Prepared
from tests.ledger.conftest import NOW

RUN = table_of(RunRow).c


def test_values_keep_their_types_both_ways(ledger: Ledger) -> None:
    """Instants, flags, floats and None, as SQLAlchemy itself writes and reads them."""
    values = {"read_at": NOW, "ledger_settled_credits": 2**40, "clean": True, "requests_per_second": 0.5}
    add = Prepared(insert(table_of(ReadingRow)).values({**{name: bindparam(name) for name in values}, "plan": "pro"}))
    read = Prepared(select(ReadingRow.__table__))
    with ledger.write() as connection:
        assert add.change(connection, values) == 1
        found = read.first(connection, {})
        assert found._asdict() == dict(connection.execute(select(ReadingRow.__table__)).one()._mapping)
        assert (found.read_at, found.clean, found.requests_per_second, found.vendor_time) == (NOW, True, 0.5, None)


def test_it_sees_and_joins_the_transaction_of_its_connection(ledger: Ledger) -> None:
    rename = Prepared(update(RunRow).where(RUN.run_id == bindparam("which")).values(lane=bindparam("to")))
    lanes = Prepared(select(RUN.lane, RUN.started_at).where(RUN.started_at < bindparam("until")))
    until = {"until": NOW + timedelta(seconds=1)}
    with ledger.write() as connection:
        assert rename.change(connection, {"which": "run", "to": "daily"}) == 1
        assert rename.change(connection, {"which": "none", "to": "daily"}) == 0
        assert lanes.rows(connection, until) == [("daily", NOW)]
        connection.rollback()
    with ledger.read() as connection:
        assert lanes.scalar(connection, until) == "backfill"
        assert lanes.scalar(connection, {"until": NOW}) is None


def test_an_error_of_the_database_is_the_one_of_sqlalchemy(ledger: Ledger) -> None:
    """So that whoever opened the transaction explains it as any other: here SQLite cannot be used, PostgreSQL can."""
    broken = Prepared(select(literal_column("nothing here")))
    with pytest.raises((LedgerError, ProgrammingError), match="nothing"), ledger.read() as connection:
        broken.rows(connection, {})
