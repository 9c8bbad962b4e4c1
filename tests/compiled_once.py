"""SQLAlchemy compiles a statement on SQLite once a process, not once for each ledger that a test has.

An engine keeps the statements it has compiled, and each test's ledger has an engine of its own: compiling was a
twentieth of all tests. The text of a statement depends on the dialect only. Processes that tests start compile as they
always do.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine

from include.ledger.database import dialects


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Until `patch` is undone, all new ledgers on SQLite share a dialect and the statements compiled for it."""
    pattern = sqlalchemy.create_engine("sqlite://", query_cache_size=5_000)
    with pattern.connect():  # a dialect learns from its first connection
        pass

    def create_engine(*arguments: Any, **named: Any) -> Engine:
        engine = sqlalchemy.create_engine(*arguments, **named)
        if type(engine.dialect) is type(pattern.dialect):
            engine.dialect = engine.pool._dialect = pattern.dialect
            engine._compiled_cache = pattern._compiled_cache
        return engine

    patch.setattr(dialects, "create_engine", create_engine)
