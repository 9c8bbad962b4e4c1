"""Refresh: the marts show the ledger as it is now, with what can be derived proven on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.pipeline.steps.settle.prove_derived import prove_derived
from include.pipeline.steps.settle.sync_marts import Address, sync_marts
from include.settings import Settings
from include.warehouse.connect import ClientFactory

if TYPE_CHECKING:
    from include.warehouse.keeper import WarehouseKeeper


def refresh_marts(
    settings: Settings,
    client_factory: ClientFactory | None = None,
    *,
    address: Address | None = None,
    only_news: bool = False,
    keeper: WarehouseKeeper | None = None,
) -> None:
    """Copies the ledger into the marts, proves derived intervals by them, and copies once more what that changed.

    The arguments are those of `sync_marts`.
    """
    copied = sync_marts(settings, client_factory, address=address, only_news=only_news, keeper=keeper)
    if copied and prove_derived(settings, client_factory, keeper):
        sync_marts(settings, client_factory, address=address, keeper=keeper)
