"""OI_HOME is its owner's alone: folders 700, files 600, whatever the caller's umask and whatever an older home had.

A home with the setgid bit that its group may write is shared on purpose: the group keeps its rights, others have none.
A home of another user, or with the sticky bit as /tmp has, is left as it is, and so is the umask.
"""

from __future__ import annotations

import errno
import os
import stat
from fnmatch import fnmatch
from pathlib import Path

OTHERS, GROUP_AND_OTHERS = 0o007, 0o077
OURS = (
    "ledger.db*", "landing", "warehouse", "warehouse.lock*", "batches", "airflow", "bi", "tmp", "cache", "artifacts",
    "rows-from", "synced-marts", "simulator*", "*.log",
)  # fmt: skip
"""What the project creates in a home. Anything else is not touched: OI_HOME may be a folder in other use."""


def keep_private(home: Path) -> None:
    """Creates the folder if it is missing, takes rights of others from what is in it, and sets this process's umask.

    Raises OSError where the folder cannot be made, or is something else, such as a file or a device, which it leaves as
    it is.
    """
    try:
        found = home.stat()
    except FileNotFoundError:
        os.umask(GROUP_AND_OTHERS)
        home.mkdir(parents=True, exist_ok=True)
        found = home.stat()
        home.chmod(0o700)  # without the setgid bit of a parent
        found = home.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(home))
    if os.name != "posix" or found.st_uid != os.geteuid() or found.st_mode & stat.S_ISVTX:
        return
    closed = OTHERS if _is_shared(found) else GROUP_AND_OTHERS
    os.umask(closed)
    _close(home, found, closed)
    with os.scandir(home) as entries:
        for entry in entries:
            if any(fnmatch(entry.name, pattern) for pattern in OURS):
                _close_all(entry, closed)


def _is_shared(found: os.stat_result) -> bool:
    return bool(found.st_mode & stat.S_ISGID and found.st_mode & stat.S_IWGRP)


def _close_all(entry: os.DirEntry[str], closed: int) -> None:
    """A folder that was closed already is not searched: others cannot enter it, and new files in it are closed too."""
    found = _look_at(Path(entry.path))
    if found is None or not _close(Path(entry.path), found, closed) or not stat.S_ISDIR(found.st_mode):
        return
    for folder, names, files in os.walk(entry.path):
        for name in (*names, *files):
            path = Path(folder, name)
            if (found := _look_at(path)) is not None:
                _close(path, found, closed)


def _look_at(path: Path) -> os.stat_result | None:
    """The file itself, not what it links to; None where another process deleted it, as SQLite does with its own."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _close(path: Path, found: os.stat_result, closed: int) -> bool:
    """Takes rights away from a file or folder of this user; True where there were any."""
    mode = stat.S_IMODE(found.st_mode)
    is_ours = stat.S_IFMT(found.st_mode) in (stat.S_IFREG, stat.S_IFDIR) and found.st_uid == os.geteuid()
    if not is_ours or not mode & closed:
        return False
    try:
        path.chmod(mode & ~closed)
    except FileNotFoundError:  # another process deleted it
        return False
    return True
