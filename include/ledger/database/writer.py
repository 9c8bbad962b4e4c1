"""Who writes to an SQLite ledger now: a note beside the file, so that those who wait in vain can say for whom."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from include.domain.clock import iso, utc_now
from include.ledger.database.process_id import is_dead, is_here, is_stopped, process_of

_SUFFIX = "-writer"
_LENGTH = 512
"""A note has this many bytes, so that one write replaces all of the note before it."""


class WriterNote(NamedTuple):
    """The process that has the database to itself, and since when (UTC)."""

    holder: str
    since: str

    @property
    def sentence(self) -> str:
        """The process, its host, and what to do."""
        host, pid = process_of(self.holder)
        if is_dead(self.holder):
            return f"the last that wrote, process {pid} on {host}, has ended: see which other program has the file open"
        stopped = is_here(self.holder) and is_stopped(self.holder)
        state = f", and is stopped (kill -CONT {pid} lets it finish)" if stopped else ""
        return (
            f"process {pid} on {host} has been writing since {self.since}{state}. Let it finish, or end it: what it "
            "has not committed is rolled back"
        )


def writer_of(database: Path) -> WriterNote | None:
    """Who noted last that it writes; None when nobody is at it."""
    try:
        return WriterNote(**json.loads(_path_of(database).read_text()))
    except (OSError, ValueError, TypeError):
        return None


class WriterFile:
    """Writes the note of one process; a folder that cannot be written leaves others without it."""

    def __init__(self, database: Path, holder: str) -> None:
        self._holder = holder
        try:
            self._file: int | None = os.open(_path_of(database), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            self._file = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Around a transaction that has the database to itself."""
        note = json.dumps(WriterNote(self._holder, iso(utc_now().replace(microsecond=0)))._asdict())
        self._write(note.encode())
        try:
            yield
        finally:
            self._write(b"")

    def close(self) -> None:
        """Closes the file; the note is not removed, since another process may write already."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, note: bytes) -> None:
        if self._file is not None:
            os.pwrite(self._file, note.ljust(_LENGTH), 0)


def _path_of(database: Path) -> Path:
    return database.with_name(database.name + _SUFFIX)
