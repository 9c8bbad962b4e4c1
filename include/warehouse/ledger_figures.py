"""What marts need of the ledger: coverage, charges by day, cycle, listed symbols, pages. The newest copy stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


def ledger_as_of(session: Session) -> datetime:
    """When the ledger was read for the newest copy of it, UTC; the epoch before the first."""
    moment: datetime = session.rows("read/ledger_as_of.sql")[0][0]
    return moment.astimezone(UTC)


def store(session: Session, coverage: pa.Table, spend: pa.Table, cycle: pa.Table) -> None:
    """Stores the tables, whose columns are those of ledger_coverage, ledger_spend and ledger_cycles.

    All rows of one copy have the same `ledger_as_of`, the one row of `cycle` too. Storing it twice, or an older one
    later, changes nothing. Charges that a later copy lacks stay: what was spent was spent.
    """
    if coverage.num_rows:
        session.insert("ledger_coverage", coverage)
    if spend.num_rows:
        session.insert("ledger_spend", spend)
    # Last: it ends the copy before, also where no coverage remains.
    session.insert("ledger_cycles", cycle)


def store_symbols(session: Session, symbols: pa.Table) -> None:
    """Stores the vendor's listing, with the columns of ledger_symbols."""
    if symbols.num_rows:
        session.insert("ledger_symbols", symbols)


@dataclass(frozen=True, slots=True)
class PagesCopied:
    """What is here of the ledger's pages: `pages` of them with a number below `next`, each with its final charge."""

    next: int
    pages: int


def pages_copied(session: Session) -> PagesCopied:
    """From which page on the ledger has to be copied."""
    return PagesCopied(*session.rows("read/pages_copied.sql")[0])


def store_pages(session: Session, pages: pa.Table) -> None:
    """Stores landed pages, with the columns of ledger_pages."""
    if pages.num_rows:
        session.insert("ledger_pages", pages)
