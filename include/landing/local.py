"""Writing a file on this machine so that it is there whole, or not at all, even after a power cut."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Writes to a `.part` file of its own beside `path`, then renames it; a left-over `.part` is harmless."""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    named_in = _make_folder(path.parent)
    try:
        with lasting_file(part) as file:
            file.write(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    for folder in named_in:
        sync_folder(folder)


@contextmanager
def lasting_file(path: Path) -> Iterator[BufferedWriter]:
    """A new file whose bytes are durable once the block has ended."""
    with open(path, "xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> list[Path]:
    """Makes a folder where there is none; returns it and every folder that holds a name just made."""
    if folder.exists():
        return [folder]
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [folder, *(made.parent for made in missing)]
