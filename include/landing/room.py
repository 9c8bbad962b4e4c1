"""Room on this machine's disk for pages that are paid for before they are written."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

HEADERS_BYTES = 64 * 1024
"""For an answer's headers, and what else is landed beside its body."""
FILES_A_PAGE = 6
"""A page is a file, and may need four folders and a file beside it while it is written."""
OUT_OF_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_BLOCK = bytes(1 << 20)


class HeldRoom:
    """Bytes of a disk, allocated in a file without a name: the system frees them when the process ends in any way."""

    def __init__(self, folder: Path, byte_count: int, file_count: int) -> None:
        """Raises OSError where the disk, or a quota on it, does not hold that many bytes and files."""
        folder.mkdir(parents=True, exist_ok=True)
        see_files_fit(folder, file_count)
        self._file: IO[bytes] = TemporaryFile(dir=folder)  # noqa: SIM115 - held open until it is released
        try:
            _allocate(self._file, byte_count)
        except OSError:
            self._file.close()
            raise

    def release(self) -> None:
        """Frees the bytes; repeating it changes nothing."""
        self._file.close()


def see_files_fit(folder: str | Path, file_count: int) -> None:
    """Raises OSError (ENOSPC) where the disk counts files and has fewer left."""
    disk = os.statvfs(folder)
    if disk.f_files and disk.f_favail < file_count:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} (it can hold {disk.f_favail:,} more files)")


def _allocate(file: IO[bytes], byte_count: int) -> None:
    """Really allocates: what the disk reports as free may not be this user's to take."""
    try:
        os.posix_fallocate(file.fileno(), 0, byte_count)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", None) in OUT_OF_ROOM:
            raise
        _fill(file, byte_count)  # neither every system nor every disk can allocate without writing


def _fill(file: IO[bytes], byte_count: int) -> None:
    left = byte_count
    while left > 0:
        left -= file.write(_BLOCK[: min(left, len(_BLOCK))])
    file.flush()
