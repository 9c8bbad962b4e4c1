"""A copy of the embedded warehouse, for a program that keeps it open longer than others can wait."""

from __future__ import annotations

import shutil
from pathlib import Path

from include.settings import Settings
from include.warehouse.connect import embedded_directory, lock_path, open_warehouse
from include.warehouse.lock import file_lock


def copy_embedded(settings: Settings, target: Path) -> None:
    """Replaces `target` by a migrated copy of the embedded warehouse as it is now.

    Nobody loads while it is copied. Raises ValueError where the settings name a server, and WarehouseError.
    """
    directory = embedded_directory(settings)
    if directory is None:
        raise ValueError(f"the warehouse is the server {settings.warehouse.host}, which needs no copy")
    with open_warehouse(settings):
        pass  # migrated
    new = target.with_name(f"{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    with file_lock(lock_path(directory), settings.warehouse.lock_timeout_seconds):
        shutil.copytree(directory, new, symlinks=True)
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
