"""Column types that behave the same on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.types import TypeDecorator

LargeInteger = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits for credits and the vendor's figures; an SQLite INTEGER has as many."""

_INSTANTS_KEPT = 16_384
_TEXT_LENGTH = 26
"""Of an instant without its zone."""


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC instant, stored without an offset so that SQLite and PostgreSQL compare it alike."""

    impl = DateTime
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Callable[[datetime | None], Any] | None:
        """As the base class does it; for SQLite in one step, since each page binds a dozen."""
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], datetime | None] | None:
        """As the base class does it, once for equal values: coverage of 5,000 symbols has few edges, and many rows."""
        process = super().result_processor(dialect, coltype)
        return process and lru_cache(_INSTANTS_KEPT)(process)

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise _naive(value)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes an instant for SQLite: `2026-03-07 04:00:00.000000`."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise _naive(value)
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_TEXT_LENGTH]


def _naive(value: datetime) -> ValueError:
    return ValueError(f"{value!r} has no time zone; the ledger keeps aware instants only")
