"""The ledger as tables for the marts; each row has the moment `as_of` which the ledger was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

from include.domain.clock import EPOCH
from include.domain.market import Series
from include.ledger.credits import limits
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.queries.landed_pages import PaidPage
from include.ledger.queries.spend_by_day import DaySpend
from include.planning.derived_intervals import Derived
from include.planning.symbols import MISSING_LISTS, Listed
from include.planning.windows.coverage import PROVEN_READS, Coverage
from include.settings.budget import Budget

if TYPE_CHECKING:
    import pyarrow as pa

FIGURES = ("settled_credits", "reserved_credits", "requests", "rows")


def coverage_table(coverage: Coverage, as_of: datetime) -> pa.Table:
    """A row for each stretch that is covered."""
    import pyarrow as pa

    rows = [
        {
            "source": series.source,
            "interval": series.interval.value,
            "symbol": series.symbol,
            "first_bucket": entry.stretch.start,
            "after_last": entry.stretch.end,
            "step_seconds": series.interval.seconds,
            "found": entry.found,
            "proven": entry.empty_reads >= PROVEN_READS,
            "doubts": [doubt.value for doubt in entry.doubts],
            "observed_at": entry.observed_at,
            "ledger_as_of": as_of,
        }
        for series, entries in coverage.items()
        for entry in entries
    ]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("source", "interval", "symbol", "found"), pa.string()),
        **dict.fromkeys(("first_bucket", "after_last"), pa.timestamp("s", "UTC")),
        **dict.fromkeys(("observed_at", "ledger_as_of"), pa.timestamp("ms", "UTC")),
        "step_seconds": pa.uint32(),
        "proven": pa.bool_(),
        "doubts": pa.list_(pa.string()),
    }
    return _table(rows, types)


def derived_table(found: Mapping[Series, Derived], as_of: datetime) -> pa.Table:
    """A row for each series that was ever compared, with the stretches in which it is derived."""
    import pyarrow as pa

    rows = [
        {
            "source": series.source,
            "interval": series.interval.value,
            "symbol": series.symbol,
            "step_seconds": series.interval.seconds,
            "derived_from": [part.start for part in one.stretches],
            "derived_until": [part.end for part in one.stretches],
            "ledger_as_of": as_of,
        }
        for series, one in found.items()
    ]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("source", "interval", "symbol"), pa.string()),
        **dict.fromkeys(("derived_from", "derived_until"), pa.list_(pa.timestamp("s", "UTC"))),
        "step_seconds": pa.uint32(),
        "ledger_as_of": pa.timestamp("ms", "UTC"),
    }
    return _table(rows, types)


def spend_table(spend: Iterable[DaySpend], as_of: datetime) -> pa.Table:
    """A row for each day, lane and symbol, with its parts by source and interval."""
    import pyarrow as pa

    by_key: dict[tuple[date, str, str], list[DaySpend]] = defaultdict(list)
    for one in spend:
        by_key[one.day, one.lane, one.symbol].append(one)
    rows = [
        {"day": day, "lane": lane, "symbol": symbol, "ledger_as_of": as_of, "parts": [_part(one) for one in parts]}
        | {figure: sum(getattr(one, figure) for one in parts) for figure in FIGURES}
        for (day, lane, symbol), parts in by_key.items()
    ]
    part = pa.struct([("source", pa.string()), ("interval", pa.string()), *((name, pa.int64()) for name in FIGURES)])
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("lane", "symbol"), pa.string()),
        **dict.fromkeys(FIGURES, pa.int64()),
        "day": pa.date32(),
        "parts": pa.list_(part),
        "ledger_as_of": pa.timestamp("ms", "UTC"),
    }
    return _table(rows, types)


def _part(one: DaySpend) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("source", "interval", *FIGURES)}


def symbols_table(listed: Iterable[Listed], as_of: datetime) -> pa.Table:
    """A row for each symbol that the vendor ever listed."""
    import pyarrow as pa

    rows = [
        {
            "symbol": one.symbol,
            "name": one.name,
            "sources": list(one.sources),
            "status": status_of(one),
            "first_listed_at": one.first_seen,
            "last_listed_at": one.last_seen,
            "ledger_as_of": as_of,
        }
        for one in listed
    ]
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("symbol", "name", "status"), pa.string()),
        **dict.fromkeys(("first_listed_at", "last_listed_at", "ledger_as_of"), pa.timestamp("ms", "UTC")),
        "sources": pa.list_(pa.string()),
    }
    return _table(rows, types)


def pages_table(pages: Iterable[PaidPage], as_of: datetime) -> pa.Table:
    """A row for each landed page."""
    import pyarrow as pa

    rows = [
        {
            "symbol": page.symbol,
            "interval": str(page.interval),
            "known_at": page.known_at,
            "page_path": page.path,
            "page_sha256": page.sha256,
            "page_number": page.number,
            "page_rows": page.rows,
            "source": page.source,
            "window_id": page.window_id,
            "window_start": page.start,
            "window_end": page.end,
            "run_id": page.run_id,
            "lane": page.lane,
            "request_id": page.request_id,
            "requested_at": page.requested_at,
            "received_at": page.received_at,
            "charged_credits": page.charged_credits,
            "ledger_as_of": as_of,
        }
        for page in pages
    ]
    texts = ("symbol", "interval", "page_path", "page_sha256", "source", "window_id", "run_id", "lane")
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(texts, pa.string()),
        **dict.fromkeys(("page_number", "page_rows", "request_id"), pa.uint64()),
        **dict.fromkeys(("window_start", "window_end"), pa.timestamp("s", "UTC")),
        **dict.fromkeys(("known_at", "requested_at", "received_at", "ledger_as_of"), pa.timestamp("ms", "UTC")),
        "charged_credits": pa.int64(),
    }
    return _table(rows, types)


def status_of(one: Listed) -> str:
    """Whether the vendor still lists a symbol, and whether it still has rows."""
    if one.missed >= MISSING_LISTS:
        return "gone"
    return "inactive" if one.inactive_since else "listed"


def cycle_table(position: SpendPosition, budget: Budget, as_of: datetime) -> pa.Table:
    """The billing cycle, one row."""
    import pyarrow as pa

    row = {
        "first_day": position.cycle.start.date(),
        "after_last": position.cycle.end.date(),
        "allowance_credits": limits.allowance_of(position, budget),
        "ledger_as_of": as_of,
    }
    types: dict[str, pa.DataType] = {
        **dict.fromkeys(("first_day", "after_last"), pa.date32()),
        "allowance_credits": pa.int64(),
        "ledger_as_of": pa.timestamp("ms", "UTC"),
    }
    return _table([row], types)


def _table(rows: Sequence[Mapping[str, object]], types: Mapping[str, pa.DataType]) -> pa.Table:
    """The rows as a table with these columns.

    They pass through JSON: whatever makes a column of Python objects has pyarrow import pandas, for 0.6 s.
    """
    import pyarrow as pa
    from pyarrow import json

    schema = pa.schema(list(types.items()))
    if not rows:
        return pa.Table.from_batches([], schema)
    lines = b"\n".join(msgspec.json.encode({name: _in_json(value) for name, value in row.items()}) for row in rows)
    whole = json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    table = json.read_json(BytesIO(lines), whole, json.ParseOptions(explicit_schema=schema))
    return table.select(schema.names)


def _in_json(value: object) -> object:
    """A date as its number, a moment to the millisecond: as `json` reads them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return (value - EPOCH.date()).days if isinstance(value, date) else value
