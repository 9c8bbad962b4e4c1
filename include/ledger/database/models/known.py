"""What is known of series and symbols."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from include.ledger.database.models.base import Base


class CoverageRow(Base):
    """A time range of one series: when it was read, and whether it held rows."""

    __tablename__ = "coverage"
    __table_args__ = (Index("coverage_by_series", "symbol", "source", "interval"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    symbol: Mapped[str]
    source: Mapped[str]
    interval: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]
    observed_at: Mapped[datetime]
    found: Mapped[str]
    empty_reads: Mapped[int]
    doubts: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Why silence proves nothing; empty where rows were found or the answer was good."""


class ComparisonRow(Base):
    """A day's final buckets of a coarse series, compared with the 5m snapshots of the same moments."""

    __tablename__ = "comparisons"

    symbol: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    interval: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    """The day (UTC) of the buckets."""
    sampled: Mapped[int]
    equal: Mapped[int]
    difference: Mapped[str | None]
    """The first bucket that differs, with both values."""


class SymbolListRow(Base):
    """A reading of the vendor's list of symbols. The newest one is kept, and the newest whole one."""

    __tablename__ = "symbol_lists"

    read_at: Mapped[datetime] = mapped_column(primary_key=True)
    whole: Mapped[bool]


class SymbolRow(Base):
    """A symbol as the vendor lists it (`/v1/symbols`), and when it appeared, left or became inactive."""

    __tablename__ = "symbols"

    symbol: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    sources: Mapped[list[str]]
    intervals: Mapped[list[str]]
    earliest_data: Mapped[datetime | None]
    """As listed. It contradicts what is found, so no decision depends on it (behaviour 42)."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    listed_since: Mapped[datetime]
    listed_after: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    missed: Mapped[int] = mapped_column(default=0)
    inactive_since: Mapped[datetime | None]
