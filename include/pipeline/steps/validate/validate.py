"""Validate: landed pages become accepted rows, quarantined rows and findings, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from include.domain.clock import utc_now
from include.landing.errors import LandingDamaged
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import BatchState, WindowState
from include.ledger.work import batches, pages, windows
from include.ledger.work.batches import OpenBatch
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.validate import batch_files
from include.pipeline.steps.validate.landed_batch import LandedBatch, LandedFile, LandedWindow, validate_landed
from include.quality.errors import BodyUnreadable, RulesFailed
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse
from include.warehouse.errors import WarehouseError


def validate(settings: Settings, run: RunSpec, client_factory: ClientFactory | None = None) -> list[str]:
    """Cuts batches from all landed pages whose windows no process reads, and validates them; returns their ids.

    Batches that a crashed run left unsettled come first, so that what was paid reaches the warehouse. A batch with a
    damaged page waits for a later run; `report` names the page. The warehouse that `client_factory` opens, or else the
    settings' own, is opened only when a rule fails to run: it keeps the results.
    """
    validated = []
    with persist_failed_results(settings, client_factory), open_ledger(settings.ledger_url) as ledger:
        for batch in cut_batches(settings, ledger, run):
            with suppress(LandingDamaged):
                validate_readable(settings, ledger, batch.batch_id)
                validated.append(batch.batch_id)
    return validated


def cut_batches(
    settings: Settings, ledger: Ledger, run: RunSpec, *, half_read: bool = True, only_full: bool = False
) -> list[OpenBatch]:
    """Orphaned batches, then new ones of at most `warehouse.batch_rows` rows (a single window may be larger).

    Without `half_read`, half-read windows wait until they are read to their end, and are validated whole. With
    `only_full`, windows that leave room in the last batch wait for more: a batch of few rows costs as many statements
    as a full one.
    """
    with ledger.write() as connection:
        batch_files.remove_finished(
            settings.home, lambda batch_id: batches.state_of(connection, batch_id) in batches.FINISHED
        )
        orphans = batches.adopt_orphans(connection, ledger.process_id, utc_now())
        ready = _ready_windows(windows_with_pages(connection), ledger.process_id)
        whole = [one for one in ready if half_read or one[0].state is not WindowState.READING]
        groups = _groups(whole, settings.warehouse.batch_rows, only_full=only_full)
        return orphans + [batches.cut(connection, run.run_id, ledger.process_id, group, utc_now()) for group in groups]


def windows_with_pages(connection: Connection) -> list[tuple[OpenWindow, int]]:
    """Windows with pages that are in no batch, and the number of rows on those pages."""
    rows: dict[str, int] = {}
    for ref in pages.unbatched(connection):
        rows[ref.window_id] = rows.get(ref.window_id, 0) + ref.rows
    return [(window, rows[window.window_id]) for window in windows.by_ids(connection, list(rows))]


def validate_batch(settings: Settings, ledger: Ledger, batch_id: str) -> None:
    """Validates one batch and writes its files; a batch whose files exist is left as it is."""
    validate_landed(settings, landed_batch(ledger, batch_id))
    with ledger.write() as connection:
        if batches.state_of(connection, batch_id) is BatchState.CUT:
            batches.set_state(connection, batch_id, BatchState.VALIDATED)


def landed_batch(ledger: Ledger, batch_id: str) -> LandedBatch:
    """The batch's windows with their pages."""
    files: dict[str, list[LandedFile]] = {}
    with ledger.read() as connection:
        for ref in pages.of_batch(connection, batch_id):
            files.setdefault(ref.window_id, []).append(LandedFile(ref.path, ref.sha256))
        found = windows.by_ids(connection, sorted(files))
    return LandedBatch(
        batch_id, [LandedWindow(one.window_id, one.stream, one.start, one.end, files[one.window_id]) for one in found]
    )


def validate_readable(settings: Settings, ledger: Ledger, batch_id: str) -> None:
    """Validates one batch, and sets windows aside that have a page without a list of rows."""
    while not _is_over(ledger, batch_id):
        try:
            validate_batch(settings, ledger, batch_id)
            return
        except BodyUnreadable as unreadable:
            with ledger.read() as connection:
                refs = pages.at_paths(connection, [unreadable.page_path])
            set_aside(settings, ledger, batch_id, {ref.window_id: str(unreadable) for ref in refs})


def _is_over(ledger: Ledger, batch_id: str) -> bool:
    with ledger.read() as connection:
        return batches.state_of(connection, batch_id) in batches.FINISHED


def set_aside(settings: Settings, ledger: Ledger, batch_id: str, reasons: Mapping[str, str]) -> None:
    """Takes windows out of a batch whose content cannot be published; `reasons` are by window id."""
    # The files first: after a crash in between, the batch is validated again and comes here again.
    batch_files.remove(settings.home, batch_id)
    with ledger.write() as connection:
        batches.set_aside(connection, batch_id, reasons, utc_now())


def _ready_windows(found: Sequence[tuple[OpenWindow, int]], owner: str) -> list[tuple[OpenWindow, int]]:
    """The windows that no living process holds, and those that this process has read to their end."""
    now = utc_now()
    return [
        (window, rows)
        for window, rows in found
        if window.is_free(now) or (window.owner == owner and window.state is not WindowState.READING)
    ]


def _groups(ready: Sequence[tuple[OpenWindow, int]], batch_rows: int, *, only_full: bool) -> Iterator[list[str]]:
    """Groups whole windows up to `batch_rows` rows; a last group with room for more is left out with `only_full`."""
    group: list[str] = []
    rows = 0
    for window, count in ready:
        if group and rows + count > batch_rows:
            yield group
            group, rows = [], 0
        group.append(window.window_id)
        rows += count
    if group and (rows >= batch_rows or not only_full):
        yield group


@contextmanager
def persist_failed_results(settings: Settings, client_factory: ClientFactory | None) -> Iterator[None]:
    """Stores the results of a RulesFailed in `dq_results`, then raises it again.

    The warehouse is opened after the block; when it cannot be opened, RulesFailed is raised all the same.
    """
    try:
        yield
    except RulesFailed as failed:
        opened = open_warehouse(settings, client_factory)
        with suppress(WarehouseError), opened as warehouse:
            warehouse.store_results(failed.dq)
        raise
