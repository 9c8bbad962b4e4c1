"""Runs, what they reserved and were charged, and readings of the account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Double, Index, Integer, false, text
from sqlalchemy.orm import Mapped, mapped_column

from include.ledger.database.models.base import Base
from include.ledger.database.types import LargeInteger


class ChargeState(StrEnum):
    """The state of a charge. In the first two states its reservation counts as spent in full."""

    RESERVED = "reserved"
    """The answer is awaited."""
    UNKNOWN = "unknown"
    """The answer will not be seen; the account's own figure decides (rule 2)."""
    SETTLED = "settled"
    """The charge counts as spent."""
    RELEASED = "released"
    """It cost nothing."""
    CANCELLED = "cancelled"
    """The request was never sent; it cost nothing and is not counted."""


OPEN_CHARGES = (ChargeState.RESERVED, ChargeState.UNKNOWN)
"""Charges in one of these states can still be settled."""


CHARGED_BY_ACCOUNT = "account"
"""The `charge_source` of a charge whose answer was lost and that the account's figure showed."""


class LostPage(StrEnum):
    """Why a paid answer's rows are not in the warehouse and will not be."""

    NOT_LANDED = "not landed"
    """The landing zone could not be written."""
    GIVEN_UP = "given up"
    """The file was damaged or gone before its rows were loaded."""
    REPEATED = "repeated"
    """Another page at the same place of the window counts instead."""


class RunRow(Base):
    """One run of one lane, with its spending cap."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str]
    started_at: Mapped[datetime]
    max_credits: Mapped[int | None] = mapped_column(LargeInteger)
    settled_credits: Mapped[int] = mapped_column(LargeInteger, default=0)
    reserved_credits: Mapped[int] = mapped_column(LargeInteger, default=0)
    requests: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    complete: Mapped[bool | None]
    priced: Mapped[dict[str, Any] | None]
    """The plan with its price, as shown before the first purchase."""
    reread_after_charge: Mapped[int | None]
    """The newest charge when the re-read began; what was read with later charges is not read again."""
    stopped: Mapped[str | None]
    """The limit that ended its reading with work left."""
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    """The result as last reported."""
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when a scheduler started it, so that the next one can be late."""


class SpendRow(Base):
    """Totals of one day (UTC) and lane, so that the budget check reads few rows."""

    __tablename__ = "spend"

    day: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    settled_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    requests: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)


class ChargeRow(Base):
    """A reservation, then its settlement."""

    __tablename__ = "charges"
    __table_args__ = (
        Index("charges_by_time", "requested_at"),
        Index("charges_by_state", "state"),
        Index("charges_by_window", "window_id"),
        Index("charges_by_lost_page", "lost_page"),
        Index(
            "charges_disputed",
            "disputed_day",
            sqlite_where=text("disputed_day IS NOT NULL"),
            postgresql_where=text("disputed_day IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[str]
    lane: Mapped[str]
    day: Mapped[str]
    """The day (UTC) of the request, as in `spend`."""
    disputed_day: Mapped[str | None]
    """A later day (UTC), by the later clock or of the answer; the vendor may have billed it in that cycle."""
    window_id: Mapped[str]
    sequence: Mapped[int]
    owner: Mapped[str]
    requested_at: Mapped[datetime]
    reserved_credits: Mapped[int] = mapped_column(LargeInteger)
    state: Mapped[str]
    charged_credits: Mapped[int | None] = mapped_column(LargeInteger)
    charge_source: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """What the answer was, for people. Queries read `state` and `error_code`."""
    error_code: Mapped[str | None]
    """The vendor's code where the answer was an error that named one."""
    row_limit: Mapped[int | None]
    """The request's `limit`; None for a free request and in rows of early versions."""
    lost_page: Mapped[str | None]
    """A LostPage where the answer was a page that was lost."""
    lost_path: Mapped[str | None]
    """Where that page had been landed, if it was."""


class ObservationRow(Base):
    """An answer's charge above the price table, by which later requests are reserved."""

    __tablename__ = "charge_observations"

    charge_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    observed_at: Mapped[datetime]
    row_limit: Mapped[int]
    rows: Mapped[int | None] = mapped_column(LargeInteger)
    """None for an answer that could not be read."""
    charged_credits: Mapped[int] = mapped_column(LargeInteger)
    base_credits: Mapped[int] = mapped_column(LargeInteger)
    per_row_credits: Mapped[int] = mapped_column(LargeInteger)
    """With `base_credits`, the price table at that time."""


class ReadingRow(Base):
    """The account as `/v1/limits` gave it, and what the ledger had settled just before."""

    __tablename__ = "account_readings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    read_at: Mapped[datetime]
    plan: Mapped[str | None]
    credits_used: Mapped[int | None] = mapped_column(BigInteger)
    credits_limit: Mapped[int | None] = mapped_column(BigInteger)
    credits_remaining: Mapped[int | None] = mapped_column(BigInteger)
    requests_per_second: Mapped[float | None] = mapped_column(Double)
    requests_per_minute: Mapped[float | None] = mapped_column(Double)
    requests_per_hour: Mapped[float | None] = mapped_column(Double)
    max_rows_per_request: Mapped[int | None] = mapped_column(LargeInteger)
    max_history_days: Mapped[int | None] = mapped_column(LargeInteger)
    vendor_time: Mapped[datetime | None]
    ledger_settled_credits: Mapped[int] = mapped_column(BigInteger)
    clean: Mapped[bool]
    """True when no request was in flight around the reading, so that it explains lost charges."""
    lost_settled_credits: Mapped[int | None] = mapped_column(BigInteger)
    """What this reading explained since the previous clean one; None, as below, where it explains nothing."""
    lost_released_credits: Mapped[int | None] = mapped_column(BigInteger)
    unexplained_credits: Mapped[int | None] = mapped_column(BigInteger)
    price_difference_credits: Mapped[int | None] = mapped_column(BigInteger)
    table_priced: Mapped[int | None]
    """Answers that named no charge, so that the price table supplied it."""
