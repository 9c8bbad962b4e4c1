"""A batch of which a rule could not be judged: what the rules found is kept all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from include.quality.errors import RulesFailed
from include.settings import Settings
from include.warehouse.connect import ClientFactory, embedded_directory, open_warehouse
from include.warehouse.errors import WarehouseError


@contextmanager
def results_kept(settings: Settings, client_factory: ClientFactory | None) -> Iterator[None]:
    """Stores the results that RulesFailed carries in `dq_results`, then lets it go on.

    The warehouse is opened for that once the block has ended; one that cannot be opened hides no failure.
    """
    try:
        yield
    except RulesFailed as failed:
        opened = open_warehouse(settings, client_factory, embedded_path=embedded_directory(settings))
        with suppress(WarehouseError), opened as warehouse:
            warehouse.store_results(failed.dq)
        raise
