"""Files under a URL: read, written whole, listed; on this machine, on S3, or on another store that fsspec knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from include.landing.layout import FOLDERS
from include.landing.local import find_below, replace_note, see_writable, write_whole
from include.landing.room import HeldRoom


class Files(Protocol):
    """Paths are relative to the URL and use `/`; what goes wrong is an OSError."""

    @property
    def replaces(self) -> bool:
        """True when `write` replaces an existing file; otherwise it raises FileExistsError."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None when it is not there."""

    def write(self, path: str, data: bytes) -> None:
        """Writes a file that appears whole or not at all; it is durable once this returns."""

    def find(self) -> list[str]:
        """Every file below the folders of pages, unordered; files that are not pages may be among them."""

    def starting_with(self, prefix: str) -> list[str]:
        """The files of one folder whose paths start with `prefix`, unordered."""

    def note(self, path: str, data: bytes) -> None:
        """Writes a small file that appears whole or not at all; no page depends on it."""

    def hold(self, byte_count: int, file_count: int) -> HeldRoom | None:
        """Reserves room for later writes; None on a store that does not say how much room it has."""

    def prepare(self, path: str, present: str, file_count: int) -> None:
        """Raises OSError where this machine could not write `path`; `present` is a file beside which it lies."""


def files_at(url: str) -> Files:
    """The files under a URL such as file:///data/landing, s3://bucket/prefix or gs://bucket/prefix.

    Raises OSError for a kind of address that nothing here can open.
    """
    if url.startswith("s3://"):
        from include.landing.s3 import S3Files

        return S3Files(url)
    try:
        return _FsspecFiles(url)
    except (ImportError, ValueError) as error:  # a package is missing, or fsspec knows no such scheme
        raise OSError(f"{error}") from error


class _FsspecFiles:
    """Puts are atomic on object stores; on this machine fsync and rename make them so."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs
        from fsspec.implementations.local import LocalFileSystem

        self._fs, root = url_to_fs(url, use_listings_cache=False)  # other processes land pages too
        decoded = unquote(root) if url.startswith("file:") else root  # fsspec leaves %20 in a file URL as it is
        self._root = str(decoded).rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)

    @property
    def replaces(self) -> bool:
        return not self._local

    def read(self, path: str) -> bytes | None:
        try:
            return bytes(self._fs.cat_file(self._full(path)))
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        if self._local:
            write_whole(self._full(path), data)
        else:
            self._fs.pipe_file(self._full(path), data)

    def find(self) -> list[str]:
        if self._local:
            return find_below(Path(self._root or "/"), FOLDERS)
        try:
            found: list[Any] = list(self._fs.find(self._root))
        except FileNotFoundError:
            return []
        return [str(path)[len(self._root) + 1 :] for path in found]

    def starting_with(self, prefix: str) -> list[str]:
        try:
            found: list[Any] = list(self._fs.ls(self._full(prefix.rpartition("/")[0]), detail=False))
        except FileNotFoundError:
            return []
        named = (str(path)[len(self._root) + 1 :] for path in found)
        return [path for path in named if path.startswith(prefix)]

    def note(self, path: str, data: bytes) -> None:
        if self._local:
            replace_note(Path(self._full(path)), data)
        else:
            self.write(path, data)

    def hold(self, byte_count: int, file_count: int) -> HeldRoom | None:
        return HeldRoom(Path(self._root), byte_count, file_count) if self._local else None

    def prepare(self, path: str, present: str, file_count: int) -> None:
        if self._local:
            see_writable(self._root, self._full(path), present, file_count)

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"
