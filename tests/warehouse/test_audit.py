from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.warehouse import WarehouseError
from include.warehouse.audit import audited
from tests.warehouse.batches import NOON, Row, accepted, at

ROWS = st.builds(
    Row,
    timestamp=st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours)),
    symbol=st.sampled_from(["BTC", "ETH", "SOL"]),
    source=st.sampled_from(["kalshi", "hyperliquid"]),
    interval=st.sampled_from(["1h", "4h"]),
    known_at=st.integers(0, 2).map(at),
)
CHUNKS = st.lists(st.lists(ROWS, min_size=1, max_size=6), min_size=1, max_size=4)


@given(CHUNKS)
def test_audit_finds_what_plain_python_counts(chunks: list[list[Row]]):
    """Each chunk has its own dictionary of words."""
    rows = [row for chunk in chunks for row in chunk]
    table = pa.concat_tables([accepted(chunk) for chunk in chunks])
    if len({(*row.key, row.known_at) for row in rows}) < len(rows):
        with pytest.raises(WarehouseError, match=f"{len(rows)} accepted rows are"):
            audited("b", table)
        return
    found = audited("b", table)
    assert (found.stored, found.distinct_buckets) == (len(rows), len({row.key for row in rows}))
    words = [sorted({row[column] for row in rows}) for column in (2, 3, 1)]
    assert [found.sources, found.intervals, found.symbols] == words
    times = [int(row.timestamp.timestamp()) for row in rows]
    assert (found.first, found.last) == (min(times), max(times))


def test_audit_reads_words_that_are_not_encoded():
    table = accepted([Row(), Row(symbol="ETH")])
    assert audited("b", table.set_column(1, "symbol", table["symbol"].cast(pa.string()))) == audited("b", table)


def test_audit_bounds_what_is_looked_up():
    """A word of the dictionary that no row has is not among them."""
    rows = [Row(symbol="ETH"), Row(timestamp=NOON + timedelta(hours=1), source="hyperliquid"), Row(symbol="SOL")]
    found = audited("b", accepted(rows).slice(0, 2))
    noon = int(NOON.timestamp())
    assert (found.stored, found.distinct_buckets, found.symbols) == (2, 2, ["BTC", "ETH"])
    assert (found.sources, found.intervals) == (["hyperliquid", "kalshi"], ["1h"])
    assert (found.first, found.last) == (noon, noon + 3600)
