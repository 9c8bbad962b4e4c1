"""The embedded engine's definitions of databases, tables and views: files that a full disk leaves empty.

Where the disk is full, chDB says that it has made a table, keeps a definition of no bytes, and can never be opened
again. So nothing is defined without room to spare, and what was left empty nonetheless, defining nothing, is removed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from include.warehouse.errors import WarehouseError

LEAST_ROOM_BYTES = 16 << 20
"""Far more than all definitions take: what else writes at the same time must not use it up in between."""
MAKE_ROOM = (
    "Make room on the disk where the warehouse lies, then run the same again: a batch may be published any number of "
    "times"
)


def check_room(directory: Path) -> None:
    """Raises WarehouseError where the disk of `directory` has less than LEAST_ROOM_BYTES left."""
    free = shutil.disk_usage(directory).free
    if free < LEAST_ROOM_BYTES:
        raise WarehouseError(
            f"the disk of {directory} has {free / (1 << 20):.1f} MiB left, and the warehouse makes no table with less "
            f"than {LEAST_ROOM_BYTES >> 20}. {MAKE_ROOM}"
        )


def remove_empty(directory: Path) -> list[Path]:
    """Removes the definitions that are empty, while no engine has `directory` open; returns their paths."""
    kept = (*directory.glob("metadata/*.sql"), *directory.glob("store/*/*/*.sql"))
    empty = [path for path in kept if path.stat().st_size == 0]
    for path in empty:
        path.unlink()
    return empty
