"""Settled charges beside the price table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from include.domain.facts import DifferingCharge, Excess
from include.domain.market import Interval, Stream
from include.kwery.models import ChargeSource
from include.ledger.credits.page_charges import IS_ITS_PAGE
from include.ledger.database.models.spending import CHARGED_BY_ACCOUNT, ChargeRow, ChargeState
from include.ledger.database.models.work import PageRow, WindowRow

if TYPE_CHECKING:
    from include.settings.prices import Prices


@dataclass(frozen=True, slots=True)
class Difference:
    """The sum of differences from the price table, and how many charges the table itself supplied."""

    credits: int
    table_priced: int


def differing_charges(connection: Connection, prices: Prices, since: datetime) -> list[DifferingCharge]:
    """Pages settled after `since` whose charge differs from the price table, oldest first."""
    columns = (WindowRow.symbol, WindowRow.source, WindowRow.interval, WindowRow.start, WindowRow.end)
    statement = (
        _charged(since, *columns, PageRow.rows, ChargeRow.charged_credits)
        .join(WindowRow, WindowRow.window_id == PageRow.window_id)
        .where(ChargeRow.charged_credits != _expected(prices))
        .order_by(ChargeRow.id)
    )
    return [DifferingCharge(_label(row), row.rows, row.charged_credits) for row in connection.execute(statement)]


def excesses(connection: Connection, prices: Prices, since: datetime) -> list[Excess]:
    """Answers settled after `since` with more rows or credits than their limit allows, oldest first."""
    most_credits = prices.base_credits + prices.per_row_credits * ChargeRow.row_limit
    statement = (
        select(WindowRow.symbol, WindowRow.source, WindowRow.interval, WindowRow.start, WindowRow.end)
        .add_columns(ChargeRow.row_limit, PageRow.rows, ChargeRow.charged_credits)
        .select_from(ChargeRow)
        .join(WindowRow, WindowRow.window_id == ChargeRow.window_id)
        .outerjoin(PageRow, IS_ITS_PAGE)  # by the key of pages: no index leads from a charge to its page
        .where(*_settled_since(since))
        .where((ChargeRow.charged_credits > most_credits) | (PageRow.rows > ChargeRow.row_limit))
        .order_by(ChargeRow.id)
    )
    return [Excess(_label(row), row.row_limit, row.rows, row.charged_credits) for row in connection.execute(statement)]


def difference_since(connection: Connection, prices: Prices, since: datetime) -> Difference:
    """What pages settled after `since` cost beyond the price table; negative when they cost less."""
    by_table = ChargeRow.charge_source == ChargeSource.PRICE_TABLE.value
    statement = _charged(
        since,
        func.coalesce(func.sum(ChargeRow.charged_credits - _expected(prices)), 0),
        func.count().filter(by_table),
    )
    credits, table_priced = connection.execute(statement).one()
    return Difference(int(credits), int(table_priced))


def _charged(since: datetime, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(ChargeRow)
        .join(PageRow, PageRow.charge_id == ChargeRow.id)
        .where(*_settled_since(since))
    )


def _settled_since(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Charges that an answer named; a lost charge that the account's figure explained is not a price."""
    named = ChargeRow.charge_source != CHARGED_BY_ACCOUNT
    return ChargeRow.state == ChargeState.SETTLED, ChargeRow.settled_at > since, named


def _expected(prices: Prices) -> ColumnElement[int]:
    return prices.base_credits + prices.per_row_credits * PageRow.rows


def _label(row: Any) -> str:
    stream = Stream(row.symbol, Interval(row.interval), row.source)
    return f"{stream.label} {row.start:%Y-%m-%d %H:%M}..{row.end:%Y-%m-%d %H:%M}"
