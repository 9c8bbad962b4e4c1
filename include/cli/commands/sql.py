"""`./oi sql`: queries the warehouse."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Annotated

import typer

from include.cli.console import print_message, write_csv_row, write_json_line
from include.cli.interrupt import ends_at_once
from include.cli.memory import bounded_memory
from include.cli.options import Json
from include.cli.output import is_read
from include.cli.settings import settings_for_a_run
from include.cli.views.rows import print_rows
from include.domain.text import counted
from include.host.environment import PROXIES, without_secrets
from include.readonly_sql.guard import LONGEST_QUERY_BYTES, TOO_LONG
from include.settings import ROOT, Settings

EXAMPLES = """Examples:

\b
  ./oi sql "SELECT * FROM bi.open_interest_latest"
  ./oi sql "SELECT symbol, count() FROM bi.open_interest GROUP BY symbol" --json
  ./oi sql "SELECT * FROM bi.open_interest_daily" --csv > daily.csv
  ./oi sql "SELECT rules, raw FROM quarantine LIMIT 5"
  ./oi sql - < question.sql

\b
Views for people and dashboards, in the database bi (NAME_bi with CLICKHOUSE_DATABASE=NAME):
  open_interest_now, open_interest, open_interest_latest, open_interest_latest_by_interval, open_interest_held,
  open_interest_daily, open_interest_daily_total, open_interest_change, source_share, kalshi_markets, coverage, gaps,
  freshness, restatements, restatements_daily, quarantine, quality, credits, burn_down, useful_rows,
  open_interest_trace, open_interest_as_of(moment = ...), open_interest_daily_as_of(moment = ...)

\b
Views for looking closer, which need no database before them:
  open_interest               one exact row per series and time
  open_interest_latest        the newest row of each series
  open_interest_derived       coarse rows derived from 5m snapshots, with `series.derive`
  open_interest_days          the rows of each day packed, as published; open_interest_days_computed: as they are now
  open_interest_history       every value ever received, and from when it was known
  open_interest_restatements  each change of a value
  open_interest_as_of(moment = '2026-03-07 04:00:00')   what was known then
  quarantine, dq_results      rows kept out and why; what each rule found
  coverage_by_day, lost_rows  what the marts coverage and gaps compare; rows received and not stored

./oi tables describes every table and column.
"""


Csv = Annotated[bool, typer.Option("--csv", help="Write CSV and nothing else to stdout; NULL is an empty field.")]


def sql(
    query: Annotated[str, typer.Argument(help="One ClickHouse query that reads; - reads it from stdin.")],
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Query the warehouse in SQL; writing is refused.

    One SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN SELECT, with functions that compute: no files, no network, no
    settings. With --json the answer is one JSON object per line; with --csv a header and one
    line per row, numbers as exact as the warehouse has them. A query has bounds of time and memory
    (warehouse.query_timeout_seconds, warehouse.query_memory_mb), a table at most 50,000 rows.
    """
    if json and csv:
        raise typer.BadParameter("--json and --csv exclude each other; choose one")
    _leave_secrets_behind(query, ["--json"] if json else ["--csv"] if csv else [])
    text = _from_stdin() if query == "-" else query
    if not text.strip():
        raise typer.BadParameter('the query is empty; try "SELECT * FROM open_interest LIMIT 5"')
    settings = settings_for_a_run()

    from include.warehouse.reading import open_reader

    with ends_at_once(), open_reader(settings) as reader, bounded_memory(*_bound(settings)):
        if json:
            _write(reader.query_json_lines(text), write_json_line)
            return
        if csv:
            _write(reader.query_json_arrays(text), write_csv_row)
            return
        columns, rows = reader.query_rows(text)
    print_rows(columns, rows)
    print_message(counted(len(rows), "row"))


def _bound(settings: Settings) -> tuple[int, str]:
    megabytes = settings.warehouse.query_memory_mb
    return settings.warehouse.query_memory_bytes, (
        f"the query and its answer take more memory than {megabytes:,} MB; select less in a row, such as "
        "arraySlice(values, 1, 1000) or substring(text, 1, 1000), ask for less (a shorter range of time, fewer "
        "groups), or raise warehouse.query_memory_mb in pipeline.yaml"
    )


def _write(lines: Generator[str], write: Callable[[str], None]) -> None:
    """Writes lines for as long as somebody reads them."""
    with closing(lines):
        for line in lines:
            write(line)
            if not is_read():
                return


def _leave_secrets_behind(query: str, options: list[str]) -> None:
    """Restarts the command in a process whose environment holds no secret, unless this one is such a process.

    A deleted variable stays in /proc/self/environ, where the embedded engine could read it.
    """
    keep = {"CLICKHOUSE_PASSWORD", *PROXIES} if os.environ.get("CLICKHOUSE_HOST") else ()
    clean = without_secrets(os.environ, keep)
    if clean == dict(os.environ):
        return
    command = [sys.executable, "-P", "-m", "include.cli", "sql", *options, "--", query]
    folders = dict.fromkeys([str(ROOT), *clean.get("PYTHONPATH", "").split(os.pathsep)])
    path = os.pathsep.join(filter(None, folders))
    os.execve(sys.executable, command, {**clean, "PYTHONPATH": path})  # noqa: S606 - our own module


def _from_stdin() -> str:
    """All of stdin as UTF-8; the terminal's encoding does not matter. It may have no end."""
    data = sys.stdin.buffer.read(LONGEST_QUERY_BYTES + 1)
    if len(data) > LONGEST_QUERY_BYTES:
        raise typer.BadParameter(TOO_LONG)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(
            f"stdin is not UTF-8 (byte {error.start + 1}); write the query in UTF-8, other bytes as unhex('ff')"
        ) from None
