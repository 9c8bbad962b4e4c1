"""How a batch comes into the tables: what its audit finds, and the two steps in which it is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.warehouse.errors import QueryFailed, RowsUnfit

if TYPE_CHECKING:
    import pyarrow as pa

UNFIT = frozenset({6, 27, 32, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469})
"""ClickHouse's codes for a value that its column cannot hold, or its constraints refuse (469)."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit read from the batch; the last five (times in Unix seconds) bound the look-up that follows.

    A bucket is a source, interval, symbol and timestamp; a batch may hold several answers to one.
    """

    stored: int
    distinct_buckets: int
    sources: list[str]
    intervals: list[str]
    symbols: list[str]
    first: int
    last: int

    @property
    def bounds(self) -> dict[str, Any]:
        return {
            "sources": self.sources,
            "intervals": self.intervals,
            "symbols": self.symbols,
            "first": self.first,
            "last": self.last,
        }


@dataclass(frozen=True, slots=True)
class PublishTarget:
    """A batch that passed its audit, and what shows its rows: first in history, then as current rows."""

    audit: Audit
    show_history: Callable[[], None]
    show_current: Callable[[], None]


def labelled(accepted: pa.Table, batch_id: str) -> pa.Table:
    """The rows with the batch that brings them, as history keeps them.

    The column is made of its bytes: made of Python objects it would have pyarrow import pandas, for 0.6 s.
    """
    import pyarrow as pa

    name, rows = batch_id.encode(), accepted.num_rows
    ends = b"".join(end.to_bytes(4, sys.byteorder) for end in (0, len(name)))
    names = pa.StringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(name))
    numbers = pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(bytes(4 * rows))])
    return accepted.append_column("batch_id", pa.DictionaryArray.from_arrays(numbers, names))


@contextmanager
def refusing_unfit_rows(batch_id: str) -> Iterator[None]:
    """Raises RowsUnfit where ClickHouse refuses a row by its column's type or the table's constraints."""
    try:
        yield
    except QueryFailed as error:
        if error.code not in UNFIT:
            raise
        raise RowsUnfit(
            f"batch {batch_id}: an accepted row is not fit for the table; nothing was published. {error}. "
            "Such rows belong in quarantine: correct the row rules and validate the batch again"
        ) from error


def copies_refused(batch_id: str, received: int, distinct_keys: int, copies: list[tuple[Any, ...]]) -> RowsUnfit:
    """The refusal of a batch whose rows share keys; `copies` begin with the key and end with how often it came."""
    examples = "; ".join(
        f"{symbol} {source} {interval} {timestamp:%Y-%m-%dT%H:%M:%SZ} (x{count})"
        for symbol, source, interval, timestamp, _, count in copies
    )
    return RowsUnfit(
        f"batch {batch_id}: {received} accepted rows are {distinct_keys} keys; nothing was published. "
        f"A key may come once for each time it was known, but these came more often: {examples}. "
        "Count such rows as duplicates, or quarantine them, and validate the batch again"
    )
