"""A batch becomes visible: audit, stage, history, then the current rows, each published by one atomic statement.

On a cluster there is no stage and no such statement; see `sharded`.

Every answer is kept with the time it was known, and nothing is ever deleted or compared on the way in. So the stored
set is the union of all batches, whatever their order, and repeating a batch after a crash adds nothing: equal
(key, known_at) collapse. The views derive the current row and the changes from that set. Order
decides one thing only: where a key has two different values of the same millisecond, the batch published last stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from include.warehouse.audit import Audit, audited
from include.warehouse.days import DaysOfBatch, read_clock
from include.warehouse.errors import RowsUnfit, WarehouseError
from include.warehouse.publish_target import PublishTarget, labelled, refusing_unfit_rows
from include.warehouse.session import Session
from include.warehouse.sharded import sharded
from include.warehouse.stage import staged
from include.warehouse.tables import check_batch

if TYPE_CHECKING:
    import pyarrow as pa

MOST_RESTATEMENTS = 20
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Restatement:
    """A value that the vendor changed: open interest before and after."""

    symbol: str
    source: str
    interval: str
    timestamp: datetime
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch was: `received` accepted rows = `new` + `changed` + `unchanged`, beside those `quarantined`.

    Each row is compared with the answer known just before its own `known_at`, so repeating a batch counts the same.
    `restated` has the largest changes beyond `restatement_share`, MOST_RESTATEMENTS at most. `days` says where the rows
    are; None without accepted rows.
    """

    received: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    restated: tuple[Restatement, ...] = ()
    days: DaysOfBatch | None = field(default=None, compare=False, repr=False)


def publish(
    session: Session,
    batch_id: str,
    accepted: pa.Table,
    quarantine: pa.Table,
    dq: pa.Table,
    restatement_share: float | None = None,
) -> Published:
    """Stores a batch; may be repeated after any crash, and batches may come in any order.

    A change by more than `restatement_share` of the value before is returned with both values (None: no change is).
    Raises WarehouseError, with open_interest as it was, when the batch fails its audit (RowsUnfit where its own rows
    are the reason), and QueryFailed.
    """
    check_batch(batch_id, accepted, quarantine, dq)
    # Findings first: they explain a batch that is then refused.
    with refusing_unfit_rows(batch_id):
        _store_findings(session, quarantine, dq)
    if not accepted.num_rows:
        return Published(0, 0, 0, 0, quarantine.num_rows)
    place = sharded if session.cluster else _by_stage
    with place(session, batch_id, accepted) as target:
        audit = target.audit
        # History first: a crash in between leaves it ahead, never open_interest without its history.
        target.show_history()
        read_from = read_clock(session)
        alone = _alone(session, batch_id, audit)
        new, changed = (audit.stored, 0) if alone.is_first else _changes(session, batch_id, audit)
        restated = _restatements(session, batch_id, audit, restatement_share) if changed and restatement_share else ()
        target.show_current()
    days = DaysOfBatch(audit.bounds, read_from, alone.on_its_days)
    return Published(audit.stored, new, changed, audit.stored - new - changed, quarantine.num_rows, restated, days)


def unfit(session: Session, batch_id: str, accepted: pa.Table, quarantine: pa.Table, dq: pa.Table) -> str | None:
    """Why the tables cannot hold a batch's rows, or None; accepted rows are tried in a stage, none is published."""
    try:
        check_batch(batch_id, accepted, quarantine, dq)
        if accepted.num_rows:
            with (sharded if session.cluster else _by_stage)(session, batch_id, accepted):
                pass
    except RowsUnfit as error:
        return str(error)
    return None


def _store_findings(session: Session, quarantine: pa.Table, dq: pa.Table) -> None:
    if quarantine.num_rows:
        session.insert("quarantine_rows", quarantine)
    store_results(session, dq)


def store_results(session: Session, dq: pa.Table) -> None:
    """Stores what the rules found in a batch."""
    if dq.num_rows:
        # A rule without a sample or an error has null there; the table stores an empty text.
        session.insert("dq_result_rows", dq, input_format_null_as_default=1)


@contextmanager
def _by_stage(session: Session, batch_id: str, accepted: pa.Table) -> Iterator[PublishTarget]:
    audit = audited(batch_id, accepted)
    with staged(session, batch_id) as stage:
        with refusing_unfit_rows(batch_id):
            session.insert(f"{stage}_observations", labelled(accepted, batch_id))
        _check_stage(session, stage, batch_id, audit)
        session.run("open_interest/publish/02_fill_current.sql", stage=stage)
        yield PublishTarget(
            audit,
            lambda: session.run("open_interest/publish/03_attach_observations.sql", stage=stage),
            lambda: session.run("open_interest/publish/04_attach_current.sql", stage=stage),
        )


def _check_stage(session: Session, stage: str, batch_id: str, audit: Audit) -> None:
    ((stored,),) = session.rows("open_interest/audit/stage.sql", stage=stage)
    if stored != audit.stored:
        raise WarehouseError(
            f"batch {batch_id}: the stage holds {stored} of {audit.stored} accepted rows; nothing was published. "
            "Publish the batch again; if that repeats, look for the refused rows in ClickHouse's own log"
        )


def _changes(session: Session, batch_id: str, audit: Audit) -> tuple[int, int]:
    """How many rows of the batch are new, and how many change what was known."""
    found, new, changed = session.rows("open_interest/audit/changes.sql", {**audit.bounds, "batch_id": batch_id})[0]
    if found != audit.stored:
        raise WarehouseError(
            f"batch {batch_id}: history shows {found} of its {audit.stored} rows, so open_interest was left as it was. "
            "Another worker may be publishing the same pages: publish the batch again when it is done"
        )
    return new, changed


class _Alone(NamedTuple):
    """What is certain of a batch in history; where it is not, its rows are compared with the others."""

    is_first: bool
    """History has one answer to each bucket of the batch: nothing was known of any before."""
    on_its_days: bool
    """Nor has another batch any row on its days."""


def _alone(session: Session, batch_id: str, audit: Audit) -> _Alone:
    if audit.distinct_buckets != audit.stored:
        return _Alone(is_first=False, on_its_days=False)
    asked = {**audit.bounds, "batch_id": batch_id, **_whole_days(audit)}
    series = session.rows("open_interest/audit/others.sql", asked)
    is_first = sum(rows for rows, _, _ in series) == audit.stored and not any(shared for _, shared, _ in series)
    return _Alone(is_first, on_its_days=is_first and not any(shares for _, _, shares in series))


def _whole_days(audit: Audit) -> dict[str, int]:
    """The first and the last second of the days (UTC) between which the batch lies."""
    return {
        "begins": audit.first - audit.first % DAY_SECONDS,
        "ends": audit.last - audit.last % DAY_SECONDS + DAY_SECONDS - 1,
    }


def _restatements(session: Session, batch_id: str, audit: Audit, share: float) -> tuple[Restatement, ...]:
    asked = {**audit.bounds, "batch_id": batch_id, "share": share, "most": MOST_RESTATEMENTS}
    return tuple(Restatement(*row) for row in session.rows("open_interest/audit/restatements.sql", asked))
