"""`python -m bench.contestants.dlt_arrow JOB duckdb|clickhouse`: the rows through dlt, in its Arrow mode.

A page is one Arrow table. Into DuckDB they are merged by key, into an embedded ClickHouse appended to a table that
replaces by key. It runs in an environment of its own: see bench/requirements.txt.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import dlt  # type: ignore[import-not-found] # in an environment of its own
import pyarrow as pa
from dlt.sources.helpers import requests  # type: ignore[import-not-found] # in an environment of its own

from bench.contestants.job import Job

KEY = ("source", "interval", "symbol", "timestamp")
TABLE = """
CREATE TABLE IF NOT EXISTS default.open_interest
(
    timestamp DateTime('UTC'), symbol LowCardinality(String), source LowCardinality(String),
    interval LowCardinality(String), open_interest Float64, open_interest_usd Nullable(Float64)
)
ENGINE = ReplacingMergeTree PARTITION BY (source, interval) ORDER BY (source, interval, symbol, timestamp)
"""
INSERT = "INSERT INTO default.open_interest SELECT {columns} FROM file('{path}', Parquet)"
NAMES = ("symbol", "source", "interval")
AMOUNTS = ("open_interest", "open_interest_usd")
FIELDS: list[pa.Field[Any]] = [
    pa.field("timestamp", pa.timestamp("us", "UTC"), nullable=False),
    *(pa.field(name, pa.string(), nullable=False) for name in NAMES),
    *(pa.field(name, pa.float64()) for name in AMOUNTS),
]
SCHEMA = pa.schema(FIELDS)
COLUMNS = "timestamp, symbol, source, interval, open_interest, open_interest_usd"
CLICKHOUSE_SUMS = "SELECT count(), toInt64(sum(round(open_interest * 100))) FROM default.open_interest FINAL"
DUCKDB_SUMS = "SELECT count(*), sum(round(open_interest * 100))::BIGINT FROM market.open_interest"


def main(job: Job, engine: str) -> None:
    """Loads everything, and prints the number of rows and their open interest in hundredths."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    rows, hundredths = _into_duckdb(job) if engine == "duckdb" else _into_clickhouse(job)
    print(json.dumps({"rows": int(rows), "hundredths": int(hundredths)}))


def _into_duckdb(job: Job) -> Any:
    pipeline = _pipeline(job, dlt.destinations.duckdb(f"{job.folder}/rows.duckdb"))
    pipeline.run(_resource(job, "merge"))
    with pipeline.sql_client() as client, client.execute_query(DUCKDB_SUMS) as cursor:
        return cursor.fetchone()


def _into_clickhouse(job: Job) -> Any:
    import chdb.session

    with chdb.session.Session(f"{job.folder}/clickhouse") as session:
        session.query(TABLE)

        load_into = dlt.destination(batch_size=0, loader_file_format="parquet", name="clickhouse")

        @load_into  # type: ignore[untyped-decorator] # dlt is not installed where the types are checked
        def insert(path: str, table: dict[str, Any]) -> None:
            session.query(INSERT.format(columns=COLUMNS, path=path))

        _pipeline(job, insert()).run(_resource(job, "append"), loader_file_format="parquet")
        return json.loads(str(session.query(CLICKHOUSE_SUMS, "JSONCompactEachRow")))


def _pipeline(job: Job, destination: Any) -> Any:
    return dlt.pipeline("rows", destination=destination, dataset_name="market", pipelines_dir=f"{job.folder}/dlt")


def _resource(job: Job, disposition: str) -> Any:
    return dlt.resource(_pages(job), name="open_interest", write_disposition=disposition, primary_key=KEY)


def _pages(job: Job) -> Iterator[pa.Table]:
    headers = {"X-API-Key": job.key}
    for parameters in job.streams():
        while True:
            answer = requests.get(job.page_url(parameters), headers=headers).json()
            yield _table(answer["data"])
            if answer["meta"]["next_cursor"] is None:
                break
            parameters["after"] = answer["meta"]["next_cursor"]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(rows)
    return table.select(SCHEMA.names).cast(SCHEMA)


if __name__ == "__main__":
    main(Job.read(sys.argv[1]), sys.argv[2])
