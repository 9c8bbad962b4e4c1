"""Settle: counts are reconciled, windows closed and coverage written, in one transaction a batch (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from include.domain.clock import utc_now
from include.domain.market import SOURCES, Series
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import BatchState
from include.ledger.work import batches, pages, windows
from include.ledger.work.coverage import coverage_of, replace_coverage
from include.ledger.work.findings import findings_of_windows
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.policies import freshness_of
from include.pipeline.steps.settle.claims import Claims, claims_of
from include.pipeline.steps.settle.settled import Settled
from include.pipeline.steps.validate import batch_files
from include.planning.schedule import every
from include.planning.windows.coverage import Covered, overlay
from include.planning.windows.series_finding import SeriesFinding
from include.settings import Settings


def settle(settings: Settings, batch_ids: Sequence[str]) -> Settled:
    """Settles published batches, and every window that has been read and whose pages are all in settled batches.

    A window whose rows are not all accounted for is set aside: nothing of it is claimed, and it blocks no other.
    """
    with open_ledger(settings.ledger_url) as ledger:
        closed = sum(settle_batch(settings, ledger, batch_id) for batch_id in batch_ids)
        closed += _settle_others(settings, ledger)
    return Settled(len(batch_ids), closed)


def settle_batch(settings: Settings, ledger: Ledger, batch_id: str) -> int:
    """Settles one published batch; returns how many windows it closed. Repeating it changes nothing."""
    with ledger.write() as connection:
        if batches.state_of(connection, batch_id) in batches.FINISHED:
            return 0
        batches.set_state(connection, batch_id, BatchState.SETTLED)
        closed = _settle_windows(connection, settings, windows.ready_to_settle(connection, batch_id=batch_id))
    batch_files.remove(settings.home, batch_id)
    return closed


def _settle_others(settings: Settings, ledger: Ledger) -> int:
    """Settles windows whose reading ended without another page after their last batch was settled."""
    with ledger.read() as connection:
        waiting = [window.window_id for window in windows.ready_to_settle(connection)]
    closed = 0
    for window_id in waiting:  # a short transaction each, since others wait for it
        with ledger.write() as connection:
            closed += _settle_windows(connection, settings, windows.ready_to_settle(connection, window_id=window_id))
    return closed


def _settle_windows(connection: Connection, settings: Settings, ready: Sequence[OpenWindow]) -> int:
    """Writes the coverage of windows, or sets windows aside; returns how many were settled.

    Each window adds to what the one before it left, so that all coverage is read once and written once.
    """
    named = [window.window_id for window in ready]
    refs, findings = pages.of_windows(connection, named), findings_of_windows(connection, named)
    coverage: dict[Series, Sequence[Covered]] = {}
    coverage |= coverage_of(connection, [series for window in ready for series in _series_of(window)])
    changed: set[Series] = set()
    settled = 0
    for window in ready:
        found = findings.get(window.window_id, [])
        if (unaccounted := _unaccounted(window, found)) is not None:
            batches.set_window_aside(connection, window.window_id, unaccounted, utc_now())
            continue
        known = {series: coverage.get(series, ()) for series in _series_of(window)}
        claims = claims_of(window, refs.get(window.window_id, []), found, known, _up_to_date(settings, window))
        coverage |= _covered(settings, claims)
        changed |= claims.by_series.keys()
        windows.settle(connection, window, claims.note, utc_now())
        settled += 1
    replace_coverage(connection, {series: coverage[series] for series in changed})
    return settled


def _up_to_date(settings: Settings, window: OpenWindow) -> timedelta:
    return every(window.stream.interval, timedelta(hours=settings.schedule.hourly_every_hours))


def _covered(settings: Settings, claims: Claims) -> dict[Series, Sequence[Covered]]:
    """The coverage of each series that a window speaks about, with what it claims."""
    freshness = freshness_of(settings)
    return {
        series: overlay(one.before, one.new, series.interval, freshness) for series, one in claims.by_series.items()
    }


def _unaccounted(window: OpenWindow, findings: Iterable[SeriesFinding]) -> str | None:
    """How rows received differ from accepted + quarantined + duplicates + outside; None where they agree (rule 3)."""
    received = accounted = 0
    for one in findings:
        received += one.received
        accounted += one.accepted + one.quarantined + one.duplicates + one.outside
    if received == accounted == window.rows:
        return None
    return (
        f"{window.rows:,} rows arrived, {received:,} were validated and {accounted:,} are accounted for, so its time "
        "is not claimed as covered"
    )


def _series_of(window: OpenWindow) -> list[Series]:
    """The series of the window's symbol and interval, one for each source."""
    return [Series(window.stream.symbol, source, window.stream.interval) for source in SOURCES]
