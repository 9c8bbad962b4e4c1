"""Load: validated batches are published in the warehouse; publishing a batch twice changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.domain.clock import iso
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import batches
from include.ledger.work.findings import put_findings
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.load.set_aside import set_unfit_aside
from include.pipeline.steps.validate import batch_files
from include.pipeline.steps.validate.batch_files import BatchTables
from include.pipeline.steps.validate.validate import persist_failed_results, validate_batch, validate_readable
from include.planning.windows.series_finding import SeriesFinding
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse
from include.warehouse.errors import RowsUnfit

if TYPE_CHECKING:
    from include.warehouse.keeper import WarehouseKeeper
    from include.warehouse.publish import Restatement
    from include.warehouse.warehouse import Warehouse


def load(
    settings: Settings,
    batch_ids: Sequence[str],
    client_factory: ClientFactory | None = None,
    timer: CpuTimer | None = None,
    keeper: WarehouseKeeper | None = None,
) -> Loaded:
    """Publishes the batches in order, in the warehouse that `client_factory` opens, or else the settings' own.

    Another `load` may follow soon where a `keeper` is given: it leaves the warehouse open.

    A batch that another machine validated is validated again here, from its landed pages alone. Windows whose content
    cannot be published are set aside, and the rest of their batch is published.
    """
    if not batch_ids:
        return Loaded()
    total = Loaded()
    with persist_failed_results(settings, client_factory), open_ledger(settings.ledger_url) as ledger:
        for batch_id in _unsettled(ledger, batch_ids):
            validate_readable(settings, ledger, batch_id)
        with keeper.lent() if keeper else open_warehouse(settings, client_factory) as warehouse:
            for batch_id in _unsettled(ledger, batch_ids):
                total += _publish_fit(settings, ledger, warehouse, batch_id, timer or CpuTimer())
    return total


def _publish_fit(settings: Settings, ledger: Ledger, warehouse: Warehouse, batch_id: str, timer: CpuTimer) -> Loaded:
    """Publishes the part of a batch that the warehouse can hold."""
    try:
        return _publish(settings, ledger, warehouse, batch_id, timer)
    except RowsUnfit as refused:
        set_unfit_aside(settings, ledger, warehouse, batch_id, refused)
    if not _unsettled(ledger, [batch_id]):
        return Loaded()
    validate_batch(settings, ledger, batch_id)
    return _publish(settings, ledger, warehouse, batch_id, timer)


def _unsettled(ledger: Ledger, batch_ids: Sequence[str]) -> list[str]:
    """The batches that no other run has finished or dissolved."""
    with ledger.read() as connection:
        return [one for one in batch_ids if batches.state_of(connection, one) not in batches.FINISHED]


def _publish(settings: Settings, ledger: Ledger, warehouse: Warehouse, batch_id: str, timer: CpuTimer) -> Loaded:
    files = _files_of(settings, ledger, batch_id)
    if files is None:
        return Loaded()
    tables, findings = files
    with timer.measure("publish"):
        share = settings.quality.restatement_share
        published = warehouse.publish(batch_id, tables.accepted, tables.quarantine, tables.dq, share)
    loaded = Loaded(published.new, published.changed, published.unchanged, published.quarantined)
    with ledger.write() as connection:
        if batches.state_of(connection, batch_id) in batches.FINISHED:
            return loaded  # another process took the batch over and finished it while this one was frozen
        put_findings(connection, batch_id, findings)
        details = {"rules": _by_rule(tables), "restated": [_sentence(one) for one in published.restated]}
        batches.note_published(connection, batch_id, loaded.to_dict() | details)
    return loaded


def _files_of(settings: Settings, ledger: Ledger, batch_id: str) -> tuple[BatchTables, list[SeriesFinding]] | None:
    """What publishing needs of a validated batch; None when another run has settled it and deleted its files.

    A batch with an incomplete file is validated again.
    """
    try:
        return _read(settings, batch_id)
    except FileNotFoundError:
        if not _unsettled(ledger, [batch_id]):
            return None
        raise
    except ValueError:
        batch_files.remove(settings.home, batch_id)
        validate_batch(settings, ledger, batch_id)
        return _read(settings, batch_id)


def _read(settings: Settings, batch_id: str) -> tuple[BatchTables, list[SeriesFinding]]:
    return batch_files.read_tables(settings.home, batch_id), batch_files.read_findings(settings.home, batch_id)


def _by_rule(tables: BatchTables) -> dict[str, Any]:
    """The number of quarantined rows that broke each rule, and the first of them as received."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for row in tables.quarantine.select(["rules", "raw"]).to_pylist():
        for rule in row["rules"]:
            counts[rule] += 1
            examples.setdefault(rule, row["raw"])
    return {rule: {"rows": rows, "example": examples[rule]} for rule, rows in counts.items()}


def _sentence(one: Restatement) -> str:
    change = f" ({one.after / one.before - 1:+.1%})" if one.before else ""
    return (
        f"{one.symbol} {one.source} {one.interval} at {iso(one.timestamp)} was restated from {one.before:,} to "
        f"{one.after:,}{change}"
    )
