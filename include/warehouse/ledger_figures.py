"""What marts need of the ledger: coverage, charges by day, the billing cycle. The newest telling stands as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


def last_told_at(session: Session) -> datetime:
    """When the ledger was read for the newest telling, UTC; the epoch where nothing was told yet."""
    moment: datetime = session.rows("read/last_told.sql")[0][0]
    return moment.astimezone(UTC)


def tell(session: Session, coverage: pa.Table, spend: pa.Table, cycle: pa.Table) -> None:
    """Stores the tables, whose columns are those of ledger_coverage, ledger_spend and ledger_cycles.

    All rows of one telling have the same `told_at`, the one row of `cycle` too. Telling it twice, or an older one
    later, changes nothing. Charges that are not told again stay: what was spent was spent.
    """
    if coverage.num_rows:
        session.insert("ledger_coverage", coverage)
    if spend.num_rows:
        session.insert("ledger_spend", spend)
    # Last: it ends what was told before, also where no coverage is left to tell.
    session.insert("ledger_cycles", cycle)
