"""Bounds of a query that a person writes: what the engine does not bound, and what to do where a bound ended it."""

from __future__ import annotations

from typing import Any

from include.readonly_sql.guard import QueryRefused
from include.readonly_sql.tokens import tokens

MOST_BYTES = 16_000_000
"""Largest answer that is held as a whole, as Python's objects, which take many times as much."""
_TIME, _MEMORY, _ANSWER, _READ = 159, 241, 396, 158
_RAISE = "or raise warehouse.{} in pipeline.yaml and start this again; on a server the limits of its user may be lower"
_LESS = "select less, or add a LIMIT; ./oi sql writes answers of any length with --csv and --json"
_ADVICE = {
    _TIME: "ask for less (a shorter range of time, fewer series), " + _RAISE.format("query_timeout_seconds"),
    _MEMORY: "ask for less (a shorter range of time, fewer groups), " + _RAISE.format("query_memory_mb"),
    _ANSWER: _LESS,
    _READ: "add conditions on symbol, interval and timestamp, so that less is read",
}
_SIZE = "SELECT sum(byteSize(*)) FROM ({}) SETTINGS max_rows_to_read = {}"
"""The engine adds it up, since an answer takes several times as much on its way out. Of a table without end it refuses
to, and ends the query itself in time."""


def advice(code: int | None) -> str | None:
    """The next step after ClickHouse's error of this code; None where the error is about no bound."""
    return _ADVICE.get(code) if code is not None else None


def refuse_large_constant(client: Any, accepted: str) -> None:
    """Raises QueryRefused where a query that reads no table has a larger answer than MOST_BYTES.

    ClickHouse bounds no answer that is computed from nothing or from system.one, as in SELECT range(100000000).
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError

    if not _computes_only(accepted):
        return
    try:
        [[size]] = client.query(_SIZE.format(accepted, MOST_BYTES)).result_rows
    except ClickHouseError:
        return  # the query itself will say so
    if size > MOST_BYTES:
        raise QueryRefused(f"the answer is larger than {MOST_BYTES // 1_000_000} MB: {_LESS}")


def _computes_only(accepted: str) -> bool:
    """True for a SELECT that reads no table, or only those of the engine, which are small."""
    found = tokens(accepted)
    if not any(token.kind == "word" and token.text in ("SELECT", "WITH") for token in found[:3]):
        return False
    reads = (found[place + 1].text for place, token in enumerate(found[:-1]) if token.text in ("FROM", "JOIN"))
    return all(name in ("(", "system") for name in reads)
