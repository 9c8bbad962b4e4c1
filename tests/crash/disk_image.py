"""A disk in a file: a copy of the file is what a machine finds after a power cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import pytest

MEGABYTES = 256


class DiskImage:
    """The file system in `file`, mounted at `folder` in the block. Raises CalledProcessError where not permitted."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.folder = file.with_name(f"{file.name}.mounted")

    def __enter__(self) -> DiskImage:
        if not self.file.exists():
            with self.file.open("wb") as new:
                new.truncate(MEGABYTES << 20)
            _run("mkfs.ext4", "-q", str(self.file))
        self.folder.mkdir()
        _run("mount", "-o", "loop", str(self.file), str(self.folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run("umount", "--lazy", str(self.folder))

    def keep(self) -> None:
        """Writes pending data to the disk."""
        _run("sync", "--file-system", str(self.folder))

    def copy(self, file: Path) -> DiskImage:
        """A copy of the disk as it is now."""
        _run("cp", "--sparse=always", str(self.file), str(file))
        return DiskImage(file)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _may_mount_images() -> bool:
    if os.geteuid() != 0 or not all(map(shutil.which, ("mkfs.ext4", "mount"))):
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with DiskImage(Path(folder) / "disk"):
                return True
        except subprocess.CalledProcessError:
            return False


needs_disk_images = pytest.mark.skipif(not _may_mount_images(), reason="mounting a disk image is not permitted here")
