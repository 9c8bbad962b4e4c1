"""`python -m bench.contestants.plain JOB [--with-expectations]`: the rows in one script, with this project's packages.

httpx reads one page after another, msgspec decodes it, and pyarrow columns go into an embedded ClickHouse in batches.
With `--with-expectations` each batch is first judged by ten expectations. A run that fails starts over and pays again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import clickhouse_connect
import httpx
import msgspec
import pyarrow as pa

from bench.contestants.job import BATCH_ROWS, Job

TABLE = """
CREATE TABLE open_interest
(
    timestamp DateTime('UTC'), symbol LowCardinality(String), source LowCardinality(String),
    interval LowCardinality(String), open_interest Float64, open_interest_usd Nullable(Float64)
)
ENGINE = ReplacingMergeTree PARTITION BY (source, interval) ORDER BY (source, interval, symbol, timestamp)
"""
SUMS = "SELECT count(), toInt64(sum(round(open_interest * 100))) FROM open_interest FINAL"


class Row(msgspec.Struct):
    """A row of the vendor's answer."""

    timestamp: datetime
    symbol: str
    source: str
    interval: str
    open_interest: float
    open_interest_usd: float | None


class Meta(msgspec.Struct):
    """What leads to the next page."""

    next_cursor: str | None


class Page(msgspec.Struct):
    """An answer of the vendor."""

    data: list[Row]
    meta: Meta


def main(job: Job, *, with_expectations: bool) -> None:
    """Loads everything, and prints the number of rows and their open interest in hundredths."""
    judge = _judge() if with_expectations else None
    with clickhouse_connect.get_client(interface="chdb", path=job.folder) as client:
        client.command(TABLE)
        for table in _batches(job):
            if judge is not None:
                judge(table)
            client.insert_arrow("open_interest", table)
        rows, hundredths = client.query(SUMS).result_rows[0]
    print(json.dumps({"rows": rows, "hundredths": hundredths}))


def _batches(job: Job) -> Iterator[pa.Table]:
    rows: list[Row] = []
    for page in _pages(job):
        rows += page.data
        if len(rows) >= BATCH_ROWS:
            yield _table(rows)
            rows = []
    if rows:
        yield _table(rows)


def _pages(job: Job) -> Iterator[Page]:
    decoder = msgspec.json.Decoder(Page)
    with httpx.Client(headers={"X-API-Key": job.key}) as client:
        for parameters in job.streams():
            while True:
                page = decoder.decode(client.get(job.page_url(parameters)).raise_for_status().content)
                yield page
                if page.meta.next_cursor is None:
                    break
                parameters["after"] = page.meta.next_cursor


def _table(rows: list[Row]) -> pa.Table:
    names = Row.__struct_fields__
    types = {"timestamp": pa.timestamp("s", "UTC")}
    return pa.table({name: pa.array([getattr(row, name) for row in rows], types.get(name)) for name in names})


def _judge() -> Any:
    """Raises for a table that breaks one of ten expectations."""
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("rows")
    batches = asset.add_batch_definition_whole_dataframe("batch")
    present = [gxe.ExpectColumnValuesToNotBeNull(column=name) for name in Row.__struct_fields__]
    suite = gx.ExpectationSuite(
        "rows",
        expectations=[
            *present,
            gxe.ExpectColumnValuesToBeBetween(column="open_interest", min_value=0, max_value=1e15),
            gxe.ExpectColumnValuesToBeBetween(column="open_interest_usd", min_value=0, max_value=1e15),
            gxe.ExpectColumnValuesToBeInSet(
                column="source", value_set=["binance_futures", "hyperliquid", "kalshi"]
            ),
            gxe.ExpectColumnValuesToBeInSet(column="interval", value_set=["5m", "15m", "1h", "4h", "1d"]),
        ],
    )  # fmt: skip

    def judge(table: pa.Table) -> None:
        result = batches.get_batch(batch_parameters={"dataframe": table.to_pandas()}).validate(suite)
        if not result.success:
            sys.exit(f"plain: {result}")

    return judge


if __name__ == "__main__":
    main(Job.read(sys.argv[1]), with_expectations="--with-expectations" in sys.argv[2:])
