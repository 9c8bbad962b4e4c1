"""The ledger's surroundings: its landing zone, the workers' clocks, and the lock of its writers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from include.ledger.database.models.base import Base


class IdentityRow(Base):
    """One row: the id by which a landing zone knows this ledger, wherever it is stored."""

    __tablename__ = "ledger_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[str]
    lost_until_page: Mapped[int | None] = mapped_column(BigInteger)
    """Pages up to this number need not be in the landing zone: they are lost for good."""


class SessionRow(Base):
    """The start or end of a process that lands pages; the landing zone holds the newest token too."""

    __tablename__ = "landing_sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    noted_at: Mapped[datetime]
    is_open: Mapped[bool]


class ClockRow(Base):
    """The vendor's clock as workers of one place last saw it, with their own clock."""

    __tablename__ = "worker_clocks"

    place: Mapped[str] = mapped_column(primary_key=True)
    worker_time: Mapped[datetime]
    vendor_time: Mapped[datetime]
    noted_at: Mapped[datetime]
    """The time by the clock that counted."""
    agreed_at: Mapped[datetime | None]
    """The vendor's clock when the two last agreed."""
    booted_at: Mapped[datetime | None]
    """When the machine of that place started, by its clock then."""


class LockRow(Base):
    """One row that writers lock on PostgreSQL; SQLite has one writer by design."""

    __tablename__ = "ledger_lock"

    id: Mapped[int] = mapped_column(primary_key=True)
