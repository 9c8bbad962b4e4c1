"""Connections that are kept between transactions carry nothing from one into the next."""

from __future__ import annotations

import sqlite3
from collections import deque

import pytest
from sqlalchemy import Connection, bindparam, create_engine, insert, select

from include.ledger.credits.open_charges import open_charges
from include.ledger.database.engine import Ledger
from include.ledger.database.models.base import table_of
from include.ledger.database.models.spending import SpendRow
from include.ledger.database.prepared import Prepared
from include.ledger.database.transactions import Transactions

TOTALS = dict.fromkeys(("reserved_credits", "settled_credits", "requests", "rows"), 0)
ADD = Prepared(insert(table_of(SpendRow)).values(day="2026-03-01", lane=bindparam("lane"), **TOTALS))


class JustTaken(deque[Connection]):
    """Seems to hold a connection at the first look, before another thread takes it."""

    is_looked_at = False

    def __bool__(self) -> bool:
        seems_full, self.is_looked_at = not self.is_looked_at, True
        return seems_full or len(self) > 0


def add(ledger: Ledger, lane: str, *, fails: bool = False, is_rolled_back: bool = False) -> None:
    with ledger.write() as connection:
        ADD.change(connection, {"lane": lane})
        open_charges(connection)  # a session of the ORM, which would end a transaction that it began itself
        if is_rolled_back:
            connection.rollback()
        if fails:
            raise ValueError("a step failed")


def lanes(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return list(connection.execute(select(SpendRow.lane).order_by(SpendRow.lane)).scalars())


def test_each_transaction_ends_alone(ledger: Ledger) -> None:
    add(ledger, "hourly")
    with pytest.raises(ValueError, match="failed"):
        add(ledger, "daily", fails=True)
    assert lanes(ledger) == ["hourly"]
    add(ledger, "daily", is_rolled_back=True)
    assert lanes(ledger) == ["hourly"]
    add(ledger, "backfill")
    assert lanes(ledger) == ["backfill", "hourly"]


def test_transaction_of_a_reader_inside_one_of_a_writer(ledger: Ledger) -> None:
    with ledger.read() as reading:
        before = select(SpendRow.lane)
        assert list(reading.execute(before)) == []
        add(ledger, "hourly")
        assert list(reading.execute(before)) == []
    assert lanes(ledger) == ["hourly"]


def test_a_kept_connection_that_another_thread_takes_first_is_not_missed() -> None:
    transactions = Transactions(create_engine("sqlite://"))
    transactions._idle = kept = JustTaken()

    with transactions.begin(writes=False) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1

    assert len(kept) == 1
    transactions.close()


def test_errors_of_another_database_pass_unchanged(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.OperationalError, match="elsewhere"), ledger.write():
        raise sqlite3.OperationalError("elsewhere")
    add(ledger, "hourly")
    assert lanes(ledger) == ["hourly"]
