"""Settled charges beside the price table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from include.domain.market import Interval, Stream
from include.kwery.models import ChargeSource
from include.ledger.database.models import CHARGED_BY_ACCOUNT, Charge, ChargeState, LandedPage, Window

if TYPE_CHECKING:
    from include.settings import Prices


@dataclass(frozen=True, slots=True)
class OffPrice:
    """A page whose charge differs from the price table; `label` is its window's."""

    label: str
    rows: int
    credits: int


@dataclass(frozen=True, slots=True)
class Excess:
    """An answer with more rows than its `limit`, or more credits than its price; `rows` is None for an error."""

    label: str
    row_limit: int
    rows: int | None
    credits: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The sum of differences from the price table, and how many charges the table itself supplied."""

    credits: int
    table_priced: int


def differing_charges(connection: Connection, prices: Prices, since: datetime) -> list[OffPrice]:
    """Pages settled after `since` whose charge differs from the price table, oldest first."""
    columns = (Window.symbol, Window.source, Window.interval, Window.start, Window.end)
    statement = (
        _charged(since, *columns, LandedPage.rows, Charge.charged_credits)
        .join(Window, Window.window_id == LandedPage.window_id)
        .where(Charge.charged_credits != _expected(prices))
        .order_by(Charge.id)
    )
    return [OffPrice(_label(row), row.rows, row.charged_credits) for row in connection.execute(statement)]


def excesses(connection: Connection, prices: Prices, since: datetime) -> list[Excess]:
    """Answers settled after `since` with more rows or credits than their limit allows, oldest first."""
    most_credits = prices.base_credits + prices.per_row_credits * Charge.row_limit
    statement = (
        select(Window.symbol, Window.source, Window.interval, Window.start, Window.end)
        .add_columns(Charge.row_limit, LandedPage.rows, Charge.charged_credits)
        .select_from(Charge)
        .join(Window, Window.window_id == Charge.window_id)
        .outerjoin(LandedPage, LandedPage.charge_id == Charge.id)
        .where(
            Charge.state == ChargeState.SETTLED, Charge.settled_at > since, Charge.charge_source != CHARGED_BY_ACCOUNT
        )
        .where((Charge.charged_credits > most_credits) | (LandedPage.rows > Charge.row_limit))
        .order_by(Charge.id)
    )
    return [Excess(_label(row), row.row_limit, row.rows, row.charged_credits) for row in connection.execute(statement)]


def difference_since(connection: Connection, prices: Prices, since: datetime) -> Difference:
    """What pages settled after `since` cost beyond the price table; negative when they cost less."""
    by_table = Charge.charge_source == ChargeSource.PRICE_TABLE.value
    statement = _charged(
        since,
        func.coalesce(func.sum(Charge.charged_credits - _expected(prices)), 0),
        func.count().filter(by_table),
    )
    credits, table_priced = connection.execute(statement).one()
    return Difference(int(credits), int(table_priced))


def _charged(since: datetime, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Charge)
        .join(LandedPage, LandedPage.charge_id == Charge.id)
        .where(
            Charge.state == ChargeState.SETTLED,
            Charge.settled_at > since,
            Charge.charge_source != CHARGED_BY_ACCOUNT,  # a lost charge explained by a difference is no price
        )
    )


def _expected(prices: Prices) -> ColumnElement[int]:
    return prices.base_credits + prices.per_row_credits * LandedPage.rows


def _label(row: Any) -> str:
    stream = Stream(row.symbol, Interval(row.interval), row.source)
    return f"{stream.label} {row.start:%Y-%m-%d %H:%M}..{row.end:%Y-%m-%d %H:%M}"
