"""Places outside the ledger: its landing zone, the workers, and the lock of its writers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from include.ledger.database.models.base import Base


class IdentityRow(Base):
    """One row: the name by which a landing zone knows this ledger, whatever its address."""

    __tablename__ = "ledger_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[str]


class SessionRow(Base):
    """A process that lands pages, or the end of one; the newest token stands in the landing zone, too."""

    __tablename__ = "landing_sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    noted_at: Mapped[datetime]
    is_open: Mapped[bool]


class ClockRow(Base):
    """What a place where workers run last saw of the vendor's clock, beside its own."""

    __tablename__ = "worker_clocks"

    place: Mapped[str] = mapped_column(primary_key=True)
    worker_time: Mapped[datetime]
    vendor_time: Mapped[datetime]
    noted_at: Mapped[datetime]
    """The clock that counted then."""
    agreed_at: Mapped[datetime | None]
    """The vendor's clock when the two last agreed."""


class LockRow(Base):
    """One row that a writer locks on PostgreSQL, where SQLite has its own single writer."""

    __tablename__ = "ledger_lock"

    id: Mapped[int] = mapped_column(primary_key=True)
