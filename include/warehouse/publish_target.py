"""How a batch comes into the tables: the two steps in which it is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.warehouse.audit import Audit
from include.warehouse.errors import QueryFailed, RowsUnfit

if TYPE_CHECKING:
    import pyarrow as pa

UNFIT = frozenset({6, 27, 32, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469})
"""ClickHouse's codes for a value that its column cannot hold, or its constraints refuse (469)."""


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
