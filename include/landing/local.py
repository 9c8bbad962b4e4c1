"""Writing a file on this machine so that it is there whole, or not at all, even after a power cut."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Writes to a `.part` file of its own beside `path`, then renames it; a left-over `.part` is harmless."""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    named_in = _make_folder(path.parent)
    try:
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    for folder in named_in:
        _sync_folder(folder)


def _make_folder(folder: Path) -> list[Path]:
    """Makes a folder where there is none; returns it and every folder that holds a name just made."""
    if folder.exists():
        return [folder]
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [folder, *(made.parent for made in missing)]


def _sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
