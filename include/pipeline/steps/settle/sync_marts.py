"""Copies the ledger into the warehouse for the marts: coverage, spending, cycle, symbols, pages, what is derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from include.domain.clock import Clocks
from include.domain.market import Series
from include.ledger.credits import limits
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.queries.landed_pages import PaidPage, pages_before, pages_from
from include.ledger.queries.spend_by_day import DaySpend, spend_by_day
from include.ledger.work.clocks import clocks_now
from include.ledger.work.coverage import coverage_of
from include.ledger.work.symbols import listed_symbols
from include.pipeline.scope.derived_intervals import all_derived
from include.pipeline.steps.settle.ledger_tables import (
    coverage_table,
    cycle_table,
    derived_table,
    pages_table,
    spend_table,
    status_of,
    symbols_table,
)
from include.planning.derived_intervals import Derived
from include.planning.symbols import Listed
from include.planning.windows.coverage import Coverage
from include.settings import Settings
from include.warehouse.connect import ClientFactory, open_warehouse

if TYPE_CHECKING:
    from include.warehouse.keeper import WarehouseKeeper
    from include.warehouse.warehouse import Warehouse

NOTE = "synced-marts"
"""The file in OI_HOME with a checksum of the last copy and its warehouse."""

Address = tuple[object, ...]
"""What distinguishes one warehouse from another; only a checksum of it is stored."""


def address_of(settings: Settings) -> Address:
    """The address of the settings' own warehouse."""
    warehouse = settings.warehouse
    return warehouse.host, warehouse.port, warehouse.database


def sync_marts(
    settings: Settings,
    client_factory: ClientFactory | None = None,
    *,
    address: Address | None = None,
    only_news: bool = False,
    keeper: WarehouseKeeper | None = None,
) -> bool:
    """Copies what the ledger knows into the warehouse; a repeated or a late copy changes nothing.

    `address` is that of the warehouse which `client_factory` opens; without it, no copy into that warehouse is noted.
    With `only_news` nothing is done, and False returned, where the warehouse has this state of the ledger already.
    A `keeper` lends the settings' own warehouse, and leaves it open.
    """
    if client_factory is None:
        address = address_of(settings)
    with open_ledger(settings.ledger_url) as ledger:
        if only_news and _has(settings, address, _read(settings, ledger)):
            return False
        with keeper.lent() if keeper else open_warehouse(settings, client_factory) as warehouse:
            last = warehouse.ledger_as_of()
            known = _read(settings, ledger)
            as_of = _as_of(known.clocks, last)
            cycle = cycle_table(known.position, settings.budget, as_of)
            warehouse.store_ledger(coverage_table(known.coverage, as_of), spend_table(known.spend, as_of), cycle)
            warehouse.store_symbols(symbols_table(known.listed.values(), as_of))
            warehouse.store_derived(derived_table(known.derived, as_of))
            warehouse.store_pages(pages_table(_new_pages(warehouse, ledger), as_of))
    if address is not None:
        with suppress(OSError):  # without the note, the next load copies all of it once more
            note = settings.home / NOTE
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(_checksum(address, known))
    return True


def marts_are_current(settings: Settings, address: Address) -> bool:
    """True where the warehouse at `address` is known to have this state of the ledger; opens no warehouse."""
    with open_ledger(settings.ledger_url) as ledger:
        return _has(settings, address, _read(settings, ledger))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is copied, and the clocks when it was read."""

    clocks: Clocks
    coverage: Coverage
    spend: Sequence[DaySpend]
    position: SpendPosition
    derived: Mapping[Series, Derived]
    listed: Mapping[str, Listed]


def _read(settings: Settings, ledger: Ledger) -> _Known:
    with ledger.read() as connection:
        # Taken before reading: what is settled meanwhile belongs to a later copy.
        clocks = clocks_now(connection, ledger.process_id)
        return _Known(
            clocks=clocks,
            coverage=coverage_of(connection),
            spend=spend_by_day(connection),
            position=limits.spend_position(connection, settings.budget, clocks.for_billing),
            derived=all_derived(connection, settings),
            listed=listed_symbols(connection),
        )


def _has(settings: Settings, address: Address | None, known: _Known) -> bool:
    if not known.spend:
        return True  # there is nothing to copy yet
    note = settings.home / NOTE
    return address is not None and note.exists() and note.read_text() == _checksum(address, known)


def _new_pages(warehouse: Warehouse, ledger: Ledger) -> list[PaidPage]:
    """The pages that the warehouse lacks or has without their charge; all where it has those of another ledger."""
    copied = warehouse.pages_copied()
    with ledger.read() as connection:
        same = pages_before(connection, copied.next) == copied.pages
        return pages_from(connection, copied.next if same else 0)


def _as_of(clocks: Clocks, last: datetime) -> datetime:
    """The date of a copy that was read at `clocks`, after the one of `last`: later than that, whatever clocks show.

    Readers see the newest copy alone. Clocks of two processes differ, if only by milliseconds.
    """
    return max(clocks.for_records, last + timedelta(milliseconds=1))


def _checksum(address: Address, known: _Known) -> str:
    """Of the listing its changes alone: every list that is read names a later time."""
    symbols = [(symbol, one.name, one.sources, status_of(one)) for symbol, one in sorted(known.listed.items())]
    return sha256(repr((address, sorted(known.coverage.items()), known.spend, symbols)).encode()).hexdigest()
