"""The ledger's tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, Table, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from include.ledger.database.types import LargeInteger, UtcInstant


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcInstant(), dict[str, Any]: JSON, list[str]: JSON, list[list[str]]: JSON}  # noqa: RUF012 - SQLAlchemy reads it as it is


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that run too often to go through the object layer."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


class WindowState(StrEnum):
    """A window's way: planned, reading, landed, then settled; or one of the ends that need a reason."""

    PLANNED = "planned"
    READING = "reading"
    LANDED = "landed"
    SETTLED = "settled"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


OPEN_STATES = (WindowState.PLANNED, WindowState.READING, WindowState.LANDED)
"""A window in one of these still has work to be done; its stretch is not planned again."""


ENDED_EARLY = (WindowState.REFUSED, WindowState.GIVEN_UP)
"""Such a window lacks pages: it says where its rows are, and nothing of where none are."""


class ChargeState(StrEnum):
    """Where a charge stands; in the first two states its reservation counts as spent in full."""

    RESERVED = "reserved"
    """The answer is awaited."""
    UNKNOWN = "unknown"
    """The answer will not be seen; the account's own figure decides (rule 2)."""
    SETTLED = "settled"
    """It counts at what was charged."""
    RELEASED = "released"
    """It cost nothing."""
    CANCELLED = "cancelled"
    """The request was never sent: it cost nothing and is no request."""


OPEN_CHARGES = (ChargeState.RESERVED, ChargeState.UNKNOWN)
"""Charges in one of these states can still be settled."""
CHARGED_BY_ACCOUNT = "account"
"""The `charge_source` of a charge whose answer was lost and that the account's figure showed."""


class LostPage(StrEnum):
    """Why the rows of an answer that was paid for are not, and will not be, where the others are."""

    NOT_LANDED = "not landed"
    """The landing zone could not be written."""
    GIVEN_UP = "given up"
    """It was damaged, or gone, before its rows were loaded."""
    REPEATED = "repeated"
    """Another page of the same window and sequence was landed, and is the one that counts."""


class BatchState(StrEnum):
    CUT = "cut"
    VALIDATED = "validated"
    SETTLED = "settled"
    SET_ASIDE = "set_aside"
    """It cannot be published for what is in it; a replay takes its pages up again."""


class Run(Base):
    """One run of one lane: the owner of a spending cap."""

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
    """The plan with its price, as it was shown before anything was bought."""
    reread_after_charge: Mapped[int | None]
    """The newest charge when the run first asked for a re-read: what it read with later ones is not read again."""
    stopped: Mapped[str | None]
    """The limit that ended its reading with work left, and when."""
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any] | None]
    """How far it came, as it was last reported."""
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when a scheduler began it, which means that others should follow."""


class Spend(Base):
    """Running totals a day (UTC) and lane, so that the budget check reads some rows, not a history."""

    __tablename__ = "spend"

    day: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    settled_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    requests: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)


class Charge(Base):
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
    """The day (UTC) that pays: when the request left, as in `spend`."""
    disputed_day: Mapped[str | None]
    """The day (UTC) by the vendor's clock where that was ahead: the vendor may have billed it in that day's cycle."""
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
    """What the answer was, for people; `state` and `error_code` are what queries read."""
    error_code: Mapped[str | None]
    """The vendor's code of the error, where the answer was one and named it."""
    row_limit: Mapped[int | None]
    """The `limit` that was asked; None for a free request, and for one from before this was noted."""
    lost_page: Mapped[str | None]
    """A LostPage where the answer was a page that is lost."""
    lost_path: Mapped[str | None]
    """Where that page was landed, if it was."""


class ChargeObservation(Base):
    """An answer's charge that the price table does not explain, or that bounds such charges."""

    __tablename__ = "charge_observations"

    charge_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    observed_at: Mapped[datetime]
    row_limit: Mapped[int]
    rows: Mapped[int | None] = mapped_column(LargeInteger)
    """None where the answer could not be read."""
    charged_credits: Mapped[int] = mapped_column(LargeInteger)
    base_credits: Mapped[int] = mapped_column(LargeInteger)
    per_row_credits: Mapped[int] = mapped_column(LargeInteger)
    """The price table, with `base_credits`, that the charge was compared with."""


class Window(Base):
    """A stream over `[start, end)`: the unit of work."""

    __tablename__ = "windows"
    __table_args__ = (
        Index("windows_by_stream", "symbol", "interval", "state"),
        Index("windows_by_state", "state", "closed_at"),
    )

    window_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str]
    lane: Mapped[str]
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
    """The process that planned it and means to read it; None where the reading is another process's task."""
    state: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was claimed: by it a reader that slept through the end of its lease knows that it is over."""
    next_sequence: Mapped[int] = mapped_column(default=0)
    next_cursor: Mapped[str | None]
    resume_start: Mapped[datetime | None]
    """Where the next request starts when the server no longer takes the cursor."""
    rows: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[list[str] | None]
    """Why the silence of its answers proves nothing, as far as they show it of themselves."""
    note: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """When the coverage that its pages show was written."""


class LandedPage(Base):
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
    """The vendor's clock when it answered (else the worker's): decides what was provisional then."""
    known_at: Mapped[datetime | None]
    """When its values count as learned; later than that of every page that may hold an older value of the same row."""
    batch_id: Mapped[str | None]


class Batch(Base):
    """Pages that are validated and published together; every step of it can be repeated."""

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


class Finding(Base):
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
    """Why the silence beside these rows proves nothing."""


class CoverageEntry(Base):
    """A stretch of one series: read, at what moment, and whether it held rows."""

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
    doubts: Mapped[list[str] | None]
    """Why silence is not taken for absence; none where rows were found, or where the answer was good."""


class Comparison(Base):
    """A day's final buckets of a coarse series beside the 5m snapshots of the same moments."""

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


class SymbolList(Base):
    """A reading of the vendor's list of symbols; kept are the newest one, and the newest that was whole."""

    __tablename__ = "symbol_lists"

    read_at: Mapped[datetime] = mapped_column(primary_key=True)
    whole: Mapped[bool]


class ListedSymbol(Base):
    """A symbol as the vendor's lists told it (`/v1/symbols`), and what was learned of its life."""

    __tablename__ = "symbols"

    symbol: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    sources: Mapped[list[str]]
    intervals: Mapped[list[str]]
    earliest_data: Mapped[datetime | None]
    """As told; it contradicts what is found, so nothing is decided by it (behaviour 42)."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    listed_since: Mapped[datetime]
    listed_after: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    missed: Mapped[int] = mapped_column(default=0)
    inactive_since: Mapped[datetime | None]


class AccountReading(Base):
    """The account as `/v1/limits` gave it, beside what the ledger had settled just before asking."""

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
    """True when no request was in flight around the reading, so that it can explain lost charges."""
    lost_settled_credits: Mapped[int | None] = mapped_column(BigInteger)
    """What this reading explained since the clean one before it; None where it could explain nothing."""
    lost_released_credits: Mapped[int | None] = mapped_column(BigInteger)
    unexplained_credits: Mapped[int | None] = mapped_column(BigInteger)
    price_difference_credits: Mapped[int | None] = mapped_column(BigInteger)
    table_priced: Mapped[int | None]
    """Answers that named no charge and were booked by the price table."""


class Identity(Base):
    """One row: the name by which a landing zone knows this ledger, whatever its address."""

    __tablename__ = "ledger_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[str]


class LandingSession(Base):
    """A process that lands pages, or the end of one; the newest token stands in the landing zone, too."""

    __tablename__ = "landing_sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    noted_at: Mapped[datetime]
    is_open: Mapped[bool]


class WorkerClock(Base):
    """What a place where workers run last saw of the vendor's clock, beside its own."""

    __tablename__ = "worker_clocks"

    place: Mapped[str] = mapped_column(primary_key=True)
    worker_time: Mapped[datetime]
    vendor_time: Mapped[datetime]
    noted_at: Mapped[datetime]
    """The clock that counted then."""
    agreed_at: Mapped[datetime | None]
    """The vendor's clock when the two last agreed."""


class Lock(Base):
    """One row that a writer locks on PostgreSQL, where SQLite has its own single writer."""

    __tablename__ = "ledger_lock"

    id: Mapped[int] = mapped_column(primary_key=True)
