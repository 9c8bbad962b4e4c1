"""Whether the marts can be right: their own checks, run in the warehouse."""

from __future__ import annotations

from include.settings import Settings
from include.warehouse.connect import ClientFactory, embedded_directory, open_warehouse


def check_marts(settings: Settings, client_factory: ClientFactory | None = None) -> list[str]:
    """A sentence for each thing that cannot be right, with what to do; none when all checks hold."""
    with open_warehouse(settings, client_factory, embedded_path=embedded_directory(settings)) as warehouse:
        return warehouse.check()
