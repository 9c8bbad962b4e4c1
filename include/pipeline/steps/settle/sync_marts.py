"""Copies the ledger into the warehouse for the marts: coverage, spending, cycle, listed symbols, what is derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from include.domain.clock import Clocks
from include.ledger.credits import limits
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries.spend_by_day import DaySpend, spend_by_day
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.symbols import listed_symbols
from include.pipeline.scope.derived_intervals import all_derived
from include.pipeline.steps.settle.ledger_tables import (
    coverage_table,
    cycle_table,
    derived_table,
    spend_table,
    status_of,
    symbols_table,
)
from include.planning.symbols import Listed
from include.planning.windows.coverage import Coverage
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    from include.warehouse.warehouse import Warehouse

NOTE = "synced-marts"
"""The file in OI_HOME with a checksum of the last copy and its warehouse."""


def sync_marts(settings: Settings, client_factory: ClientFactory | None = None, *, only_news: bool = False) -> bool:
    """Copies what the ledger knows into the warehouse; a repeated or a late copy changes nothing.

    With `only_news` nothing is done, and False returned, where the settings' own warehouse has this state of the ledger
    already.
    """
    note = settings.home / NOTE
    with open_ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            # Taken before reading: what is settled meanwhile belongs to a later copy.
            clocks = clocks_now(connection, ledger.process_id)
            coverage, spend = coverage_of(connection), spend_by_day(connection)
            position = limits.spend_position(connection, settings.budget, clocks.for_billing)
            derived, listed = all_derived(connection, settings), listed_symbols(connection)
        checksum = _checksum(settings, coverage, spend, listed)
        if only_news and (not spend or (note.exists() and note.read_text() == checksum)):
            return False
        with open_warehouse(settings, client_factory) as warehouse:
            as_of = _as_of(warehouse, ledger, clocks)
            cycle = cycle_table(position, settings.budget, as_of)
            warehouse.store_ledger(coverage_table(coverage, as_of), spend_table(spend, as_of), cycle)
            warehouse.store_symbols(symbols_table(listed.values(), as_of))
            warehouse.store_derived(derived_table(derived, as_of))
    if client_factory is None:  # else it may have been another warehouse
        with suppress(OSError):  # without the note, the next load copies all of it once more
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(checksum)
    return True


def _as_of(warehouse: Warehouse, ledger: Ledger, clocks: Clocks) -> datetime:
    """The date of a copy that was read at `clocks`: just after an earlier copy that a fast clock has dated ahead.

    Readers see the newest copy alone. While clocks agree, a copy with a later date was read later, and stands.
    """
    as_of, last = clocks.for_records, warehouse.ledger_as_of()
    with ledger.read() as connection:
        ran_ahead = clocks.differ or last > clocks_now(connection, ledger.process_id).for_records
    return max(as_of, last + timedelta(milliseconds=1)) if ran_ahead else as_of


def _checksum(settings: Settings, coverage: Coverage, spend: Sequence[DaySpend], listed: Mapping[str, Listed]) -> str:
    """Of the listing its changes alone: every list that is read names a later time."""
    warehouse = settings.warehouse
    address = (warehouse.host, warehouse.port, warehouse.database)
    symbols = [(symbol, one.name, one.sources, status_of(one)) for symbol, one in sorted(listed.items())]
    return sha256(repr((address, sorted(coverage.items()), spend, symbols)).encode()).hexdigest()
