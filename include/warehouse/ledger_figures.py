"""What the marts need of the ledger: coverage, and charges by day. Each telling is whole, and the newest one stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.warehouse.session import Session

if TYPE_CHECKING:
    import pyarrow as pa


def tell(session: Session, coverage: pa.Table, spend: pa.Table) -> None:
    """Stores both tables, whose columns are those of ledger_coverage and ledger_spend.

    All rows of one telling have the same `told_at`. Telling it twice, or an older one later, changes nothing.
    """
    if coverage.num_rows:
        session.insert("ledger_coverage", coverage)
    if spend.num_rows:
        session.insert("ledger_spend", spend)
