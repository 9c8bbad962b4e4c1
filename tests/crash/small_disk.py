"""A disk small enough to fill, where this machine lets a test mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEGABYTES = 80
"""Enough for a world of one day and the free space that its warehouse demands."""


@contextmanager
def mounted(folder: Path, options: str = f"size={MEGABYTES}m") -> Iterator[Path]:
    """A disk in memory, mounted at `folder`. Raises CalledProcessError where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, stderr=subprocess.DEVNULL)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def may_mount() -> bool:
    """Tries it: being root is not enough."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with mounted(Path(folder)):
                return True
        except subprocess.CalledProcessError:
            return False


needs_a_disk = pytest.mark.skipif(not may_mount(), reason="a small disk may not be mounted here")
