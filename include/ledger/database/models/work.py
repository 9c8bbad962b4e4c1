"""Windows, their pages, and the batches in which pages reach the warehouse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from include.domain.dataset import Dataset
from include.ledger.database.models.base import Base


class WindowState(StrEnum):
    """Planned, reading, landed, then settled; or refused or given up, with a note that says why."""

    PLANNED = "planned"
    READING = "reading"
    LANDED = "landed"
    SETTLED = "settled"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


OPEN_STATES = (WindowState.PLANNED, WindowState.READING, WindowState.LANDED)
"""A window in one of these states has work left; its time is not planned again."""
ENDED_EARLY = (WindowState.REFUSED, WindowState.GIVEN_UP)
"""A window in one of these states lacks pages. Its rows count; its silence proves nothing."""


class BatchState(StrEnum):
    """Cut, validated, then settled; or set aside."""

    CUT = "cut"
    VALIDATED = "validated"
    SETTLED = "settled"
    SET_ASIDE = "set_aside"
    """Its rows cannot be published; a replay loads its pages again."""


class WindowRow(Base):
    """A stream over `[start, end)`: the unit of work."""

    __tablename__ = "windows"
    __table_args__ = (
        Index("windows_by_stream", "symbol", "interval", "state"),
        Index("windows_by_state", "state", "closed_at"),
    )

    window_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str]
    lane: Mapped[str]
    dataset: Mapped[str] = mapped_column(default=Dataset.OPEN_INTEREST, server_default="open-interest")
    symbol: Mapped[str]
    interval: Mapped[str]
    source: Mapped[str | None]
    start: Mapped[datetime]
    end: Mapped[datetime]
    limit: Mapped[int]
    expected_rows: Mapped[int]
    price_credits: Mapped[int]
    created_at: Mapped[datetime]
    planner: Mapped[str | None]
    """The process that planned it and will read it; None where another process reads it."""
    state: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was claimed, which shows a reader that slept that its lease is over."""
    next_sequence: Mapped[int] = mapped_column(default=0)
    next_cursor: Mapped[str | None]
    resume_start: Mapped[datetime | None]
    """The start of the next request when the server rejects the cursor."""
    rows: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[list[str] | None]
    """Why silence in its answers proves nothing."""
    note: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When the coverage of its pages was written."""


class PageRow(Base):
    """One paid answer, landed as received."""

    __tablename__ = "pages"
    __table_args__ = (
        UniqueConstraint("window_id", "sequence"),
        Index("pages_by_batch", "batch_id"),
        Index("pages_by_known_at", "known_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    window_id: Mapped[str] = mapped_column(ForeignKey("windows.window_id"))
    sequence: Mapped[int]
    charge_id: Mapped[int]
    path: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    received_at: Mapped[datetime]
    observed_at: Mapped[datetime]
    """The vendor's clock at the answer, else the worker's; it decides what was provisional."""
    known_at: Mapped[datetime | None]
    """When its values count as learned; after every page that may hold older values of the same rows."""
    batch_id: Mapped[str | None]


class BatchRow(Base):
    """Pages that are validated and published together; each step may be repeated."""

    __tablename__ = "batches"

    batch_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str]
    state: Mapped[str]
    owner: Mapped[str]
    rows: Mapped[int]
    created_at: Mapped[datetime]
    published: Mapped[dict[str, Any] | None]
    """What the first publishing counted: new, changed, unchanged, quarantined; and quarantine by rule."""
    note: Mapped[str | None]
    """Why it was set aside."""


class FindingRow(Base):
    """What a batch found of one series in one window."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("findings_blocked", "window_id", sqlite_where=text("blocked"), postgresql_where=text("blocked")),
    )

    batch_id: Mapped[str] = mapped_column(primary_key=True)
    window_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    interval: Mapped[str] = mapped_column(primary_key=True)
    received: Mapped[int]
    accepted: Mapped[int]
    quarantined: Mapped[int]
    duplicates: Mapped[int]
    outside: Mapped[int]
    blocked: Mapped[bool]
    found: Mapped[list[list[str]]]
    doubts: Mapped[list[str] | None]
    """Why silence beside these rows proves nothing."""
