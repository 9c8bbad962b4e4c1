"""What a batch brings: the columns of its three tables, and the checks that need no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.warehouse.errors import RowsUnfit, WarehouseError

if TYPE_CHECKING:
    import pyarrow as pa

NOT_NULL = ("timestamp", "symbol", "source", "interval", "open_interest", "known_at")
ACCEPTED = (*NOT_NULL, "open_interest_usd")
QUARANTINE = (
    "quarantine_id", "batch_id", "window_id", "page_path", "row_index", "symbol", "source", "interval",
    "timestamp_text", "covers", "rules", "raw", "known_at",
)  # fmt: skip
DQ = (
    "validated_at", "batch_id", "suite", "rule", "level", "severity", "expectation", "column", "success", "errored",
    "element_count", "unexpected_count", "missing_count", "observed_value", "sample", "error", "kwargs",
)  # fmt: skip


def check_batch(batch_id: str, accepted: pa.Table, quarantine: pa.Table, dq: pa.Table) -> None:
    """Raises WarehouseError where a table has other columns than the warehouse stores, RowsUnfit for a null."""
    for what, table, expected in (
        ("accepted", accepted, ACCEPTED),
        ("quarantine", quarantine, QUARANTINE),
        ("dq", dq, DQ),
    ):
        _check_columns(batch_id, what, table, expected)
    for column in NOT_NULL:
        nulls = accepted[column].null_count
        if nulls:
            raise RowsUnfit(
                f"batch {batch_id}: {nulls} of {accepted.num_rows} accepted rows have no {column}; nothing was stored. "
                "Such rows belong in quarantine: correct the row rules and validate the batch again"
            )


def _check_columns(batch_id: str, what: str, table: pa.Table, expected: tuple[str, ...]) -> None:
    missing = sorted(set(expected) - set(table.column_names))
    surplus = sorted(set(table.column_names) - set(expected))
    if missing or surplus:
        raise WarehouseError(
            f"batch {batch_id}: the {what} table lacks {missing} and has {surplus} in addition; nothing was stored. "
            f"Expected are {', '.join(expected)}: bring validation and sql/migrations together"
        )
