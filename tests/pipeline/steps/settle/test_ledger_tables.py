from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from include.pipeline.steps.settle.ledger_tables import _table
from include.settings import ROOT

TYPES: dict[str, pa.DataType] = {
    "symbol": pa.string(),
    "ledger_as_of": pa.timestamp("ms", "UTC"),
    "first_bucket": pa.timestamp("s", "UTC"),
    "day": pa.date32(),
    "derived_from": pa.list_(pa.timestamp("s", "UTC")),
    "step_seconds": pa.uint32(),
    "proven": pa.bool_(),
    "doubts": pa.list_(pa.string()),
    "parts": pa.list_(pa.struct([("source", pa.string()), ("requests", pa.int64())])),
    "allowance_credits": pa.int64(),
}
START = datetime(1970, 1, 1, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]))
seconds = st.integers(0, 2**32 - 1).map(lambda number: START + timedelta(seconds=number))
integers = st.integers(-(2**63), 2**63 - 1)
rows = st.fixed_dictionaries(
    {
        "symbol": texts,
        "ledger_as_of": st.datetimes(datetime(1970, 1, 1), datetime(2106, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy's
        "first_bucket": seconds | st.none(),
        "day": st.dates(date(1969, 1, 1), date(2106, 1, 1)),
        "derived_from": st.lists(seconds, max_size=3),
        "step_seconds": st.integers(0, 2**32 - 1),
        "proven": st.booleans(),
        "doubts": st.lists(texts, max_size=3),
        "parts": st.lists(st.fixed_dictionaries({"source": texts, "requests": integers}), max_size=3),
        "allowance_credits": integers | st.none(),
    }
)
WITHOUT_PANDAS = """
import sys
from datetime import UTC, datetime
import pyarrow as pa
from include.ledger.queries.landed_pages import PaidPage
from include.pipeline.steps.settle.ledger_tables import _table, pages_table
from include.warehouse.audit import audited
from include.warehouse.publish_target import labelled
noon = datetime(2026, 3, 7, 12, tzinfo=UTC)
words = {"source": "kalshi", "interval": "5m", "symbol": "BTC"}
moments = [{**words, "timestamp": noon}, {**words, "timestamp": datetime(1970, 1, 1, tzinfo=UTC)}]
rows = _table(moments, {**dict.fromkeys(words, pa.string()), "timestamp": pa.timestamp("s", "UTC")})
assert str(labelled(rows, "batch")["batch_id"][0]) == "batch"
window = ("w", "BTC", "all", "5m", noon, noon)
page = PaidPage(1, "p", "f", 10, noon, noon, *window, "r", "hourly", 2, requested_at=None, charged_credits=None)
assert pages_table([page], noon).num_rows == 1
assert "pyarrow.compute" not in sys.modules
audit = audited("batch", rows)
assert (audit.first, audit.last) == (0, int(noon.timestamp()))
assert "pandas" not in sys.modules
"""


@given(st.lists(rows, max_size=3))
def test_rows_become_the_columns_that_pyarrow_makes_of_them(given_rows: list[dict[str, object]]) -> None:
    schema = pa.schema(list(TYPES.items()))
    to_the_millisecond = [row | {"ledger_as_of": _milliseconds(row["ledger_as_of"])} for row in given_rows]
    assert _table(given_rows, TYPES).equals(pa.Table.from_pylist(to_the_millisecond, schema=schema))


def test_publishing_and_copying_import_no_pandas() -> None:
    """Its import would take a tenth of a small load."""
    subprocess.run([sys.executable, "-c", WITHOUT_PANDAS], cwd=ROOT, check=True)


def _milliseconds(moment: object) -> datetime:
    assert isinstance(moment, datetime)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
