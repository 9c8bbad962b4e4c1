"""Writing a file on this machine so that it is there whole, or not at all, even after a power cut.

What each page passes through takes paths as texts: pathlib takes as long as the system itself.
"""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path

from include.landing.room import see_files_fit

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system without hard links raises."""


def write_whole(path: str, data: bytes) -> None:
    """Writes to a `.part` file of its own beside `path`, then names it so; a left-over `.part` is harmless.

    FileExistsError, with nothing changed, when a file is there: a process that slept must not replace another's page.
    """
    folder = os.path.dirname(path)
    part = f"{folder}/.{os.urandom(16).hex()}.part"
    named_in = _make_folder(folder)
    try:
        _write_lastingly(part, data)
        _name(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)
    for one in named_in:
        sync_folder(one)


def _write_lastingly(path: str, data: bytes) -> None:
    """As `lasting_file`, for bytes that are there as a whole: a buffer would copy them."""
    with open(path, "xb", buffering=0) as file:
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())


def _name(part: str, path: str) -> None:
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.exists(path):  # a file system without links cannot look and name in one step
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        os.replace(part, path)


def see_writable(root: str, file: str, present: str, file_count: int) -> None:
    """Makes the folder of `file`, and raises OSError where the file could not be written there.

    `present` is a file of `root` that is gone where another disk, or none, is mounted there by now.
    """
    if not os.path.exists(f"{root}/{present}"):
        raise FileNotFoundError(errno.ENOENT, f"{present} is gone: it was removed, or is no longer mounted")
    see_files_fit(root, file_count)
    folder = os.path.dirname(file)
    if not os.path.exists(folder):
        for one in _make_folder(folder):
            sync_folder(one)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"{folder} cannot be written")


def replace_note(path: Path, data: bytes) -> None:
    """Writes a small file whole, as `write_whole` does, but for what a loss of power costs nobody a credit."""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with lasting_file(part) as file:
            file.write(data)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def find_below(root: Path, prefixes: tuple[str, ...]) -> list[str]:
    """Every file, relative to `root`, below its folders whose names start with one of `prefixes`.

    OSError where one of them cannot be read: a page that is passed over would be bought again.
    """

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # removed since it was listed
            raise error

    folders = [folder for folder in (root.iterdir() if root.exists() else ()) if folder.name.startswith(prefixes)]
    found = (walked for folder in folders for walked in os.walk(folder, onerror=refuse, followlinks=True))
    return [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in found for name in names]


@contextmanager
def lasting_file(path: str | Path) -> Iterator[BufferedWriter]:
    """A new file whose bytes are durable once the block has ended."""
    with open(path, "xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: str | Path) -> None:
    """Makes the names in a folder durable, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: str) -> list[str]:
    """Makes a folder unless it exists; returns it and every folder that holds a name just made."""
    if os.path.exists(folder):
        return [folder]
    path = Path(folder)
    missing = [parent for parent in (path, *path.parents) if not parent.exists()]
    path.mkdir(parents=True, exist_ok=True)
    return [folder, *(str(made.parent) for made in missing)]
