"""A note beside an SQLite ledger that names its current writer, for the error of those who waited in vain."""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import gmtime, strftime
from typing import NamedTuple

from include.host.processes import how_to_continue, is_stopped
from include.ledger.database.process_id import is_dead, is_here, process_of

_SUFFIX = "-writer"
_LENGTH = 512
"""Every note has this length, so that one write replaces the previous note entirely."""


class WriterNote(NamedTuple):
    """The process that holds the write lock, and since when (ISO, UTC)."""

    process_id: str
    since: str

    @property
    def sentence(self) -> str:
        """The process, its host, and what to do."""
        host, pid = process_of(self.process_id)
        if is_dead(self.process_id):
            return f"the last writer, process {pid} on {host}, has ended: see which other program has the file open"
        stopped = is_here(self.process_id) and is_stopped(pid)
        state = f", and {how_to_continue(pid)}" if stopped else ""
        return (
            f"process {pid} on {host} has been writing since {self.since}{state}. Let it finish, or end it: what it "
            "has not committed is rolled back"
        )


def writer_of(database: Path) -> WriterNote | None:
    """The newest note; None when nobody writes."""
    try:
        return WriterNote(**json.loads(_path_of(database).read_text()))
    except (OSError, ValueError, TypeError):
        return None


class WriterFile:
    """Writes the note of one process. In a folder that cannot be written, there is no note."""

    def __init__(self, database: Path, process_id: str) -> None:
        self._process_id = json.dumps(process_id)
        try:
            self._file: int | None = os.open(_path_of(database), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            self._file = None

    def write(self) -> None:
        """Writes the note when a write transaction has begun."""
        since = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
        self._replace(f'{{"process_id": {self._process_id}, "since": "{since}"}}'.encode())

    def clear(self) -> None:
        """Empties the note before the transaction ends."""
        self._replace(b"")

    def close(self) -> None:
        """Closes the file. The note stays: another process may already be writing to it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _replace(self, note: bytes) -> None:
        if self._file is not None:
            os.pwrite(self._file, note.ljust(_LENGTH), 0)


def _path_of(database: Path) -> Path:
    return database.with_name(database.name + _SUFFIX)
