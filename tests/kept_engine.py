"""The embedded engine stays open between the warehouse's sessions of one test: starting it is most of a small test.

Each session still has a connection, a lock and a check of the migrations of its own. Starting the engine on what
another process left is the subject of tests/warehouse, tests/cli and tests/crash, which do not use this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.introduced_once import introduced_once


class EngineKeeper:
    """Holds one idle connection, to the newest directory: the engine has one directory at a time."""

    def __init__(self, connect: Any) -> None:
        self._connect = connect
        self._path: str | None = None
        self._idle: Any = None

    def connect(self, path: str, *arguments: Any, **named: Any) -> Any:
        if path != self._path:
            self.close()
        connection = self._connect(path, *arguments, **named)
        if self._idle is None:
            self._path, self._idle = path, self._connect(path, *arguments, **named)
        return connection

    def close(self) -> None:
        """Lets the engine stop once no other connection is open."""
        if self._idle is not None:
            self._idle.close()
        self._path = self._idle = None


@contextmanager
def engine_kept_open() -> Iterator[EngineKeeper]:
    """Inside the block the engine stops only when another directory is opened, or when a test closes it."""
    import chdb

    keeper = EngineKeeper(chdb.connect)
    with pytest.MonkeyPatch.context() as patch, introduced_once():
        patch.setattr(chdb, "connect", keeper.connect)
        yield keeper
    keeper.close()
