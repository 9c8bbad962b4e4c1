"""One embedded engine stays open from test to test, on a warehouse that is emptied: to open one takes 0.1 s.

The first home of a test gets this warehouse, by a link, and hands it on where a test uses its homes one after another;
other homes have a warehouse of their own. Each session still has a connection, a lock and a check of the migrations of
its own. Starting the engine on what another process left is the subject of tests/warehouse, tests/cli and tests/crash,
which do not use this.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.introduced_once import introduced_once

MigratedHome = Callable[[Path], Path]
NOT_OURS = "database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')"
MIGRATIONS = "market.schema_migrations"
APPLIED = f"SELECT groupBitXor(cityHash64(*)) FROM {MIGRATIONS}"
TABLES = f"""
SELECT
    sum(cityHash64(database, name, uuid, metadata_modification_time)),
    arrayStringConcat(groupArrayIf(concat(database, '.', name), total_rows > 0), ' ')
FROM system.tables
WHERE {NOT_OURS}
"""


class EngineKeeper:
    """Holds one idle connection, to the newest directory: the engine has one directory at a time.

    `migrated_home(path)` makes a home with a migrated warehouse; what is lent lies in `folder`.
    """

    def __init__(self, migrated_home: MigratedHome, folder: Path) -> None:
        self._migrated_home = migrated_home
        self._directory = folder.resolve() / "home" / "warehouse"
        self._path: str | None = None
        self._idle: Any = None
        self._connect: Callable[..., Any]
        self._definitions: list[str] | None = None
        self._warehouse: Path | None = None
        self._keeps = self._is_lent = self._is_empty = False

    @contextmanager
    def instead_of_connect(self) -> Iterator[EngineKeeper]:
        """Inside the block the engine that is kept open stops when another directory is opened."""
        import chdb

        self._connect = chdb.connect
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chdb, "connect", self.connect)
            yield self
        self.close()

    @contextmanager
    def for_a_test(self) -> Iterator[EngineKeeper]:
        """Inside the block each directory stays open until another is opened, or the test closes it."""
        self._keeps, self._is_lent, self._is_empty, self._warehouse = True, False, False, None
        with introduced_once():
            yield self
        self._keeps = False
        if self._path != str(self._directory):
            self.close()

    def home(self, home: Path) -> Path:
        """An OI_HOME, migrated and empty; one that is there stays as it is."""
        if home.exists() or self._is_lent:
            return self._migrated_home(home)
        self._is_lent = True
        self._is_empty = False
        self._migrated_home(self._directory.parent)
        shutil.copytree(
            self._directory.parent, home, symlinks=True, ignore=shutil.ignore_patterns(self._directory.name)
        )
        self._warehouse = home / self._directory.name
        self._warehouse.symlink_to(self._directory)
        return home

    def next_home(self, home: Path) -> Path:
        """As `home`, on the warehouse that is open already; the test is done with that of the home before.

        With a warehouse for each home two engines more are opened: the second one's, and the first one's again.
        """
        if self._warehouse is not None and not home.exists():
            self._warehouse.unlink()
            self._warehouse.write_text("another home has this warehouse now")  # no folder: to open it fails
            self._is_lent = False
        return self.home(home)

    def connect(self, path: str, *arguments: Any, **named: Any) -> Any:
        """Replaces chdb.connect."""
        path = os.path.realpath(path) if Path(path).is_symlink() else path
        if path == str(self._directory) and not self._is_empty:
            self._empty()
        if path != self._path:
            self.close()
        connection = self._connect(path, *arguments, **named)
        if self._keeps and self._idle is None:
            self._path, self._idle = path, self._connect(path, *arguments, **named)
        return connection

    def lose(self, home: Path) -> None:
        """Removes the warehouse of a home, as if its disk were lost."""
        self.close()
        warehouse = home / self._directory.name
        if warehouse.is_symlink():
            warehouse.unlink()
        else:
            shutil.rmtree(warehouse)

    def close(self) -> None:
        """Lets the engine stop once no other connection is open."""
        if self._idle is not None:
            self._idle.close()
        self._path = self._idle = None

    def _keep_open(self) -> None:
        path = str(self._directory)
        if path != self._path:
            self.close()
            self._path, self._idle = path, self._connect(path)

    def _empty(self) -> None:
        """Empties what an earlier test filled; where that changed more than rows, a copy takes its place."""
        self._keep_open()
        *definitions, with_rows = self._state()
        if self._definitions is None:
            self._definitions = definitions
        elif definitions != self._definitions:
            self._renew()
            *_, with_rows = self._state()
        for table in with_rows.split():
            if table != MIGRATIONS:
                self._idle.query(f"TRUNCATE TABLE {table} SYNC")
        self._idle.query("SYSTEM START MERGES")
        self._is_empty = True

    def _renew(self) -> None:
        self.close()
        shutil.rmtree(self._directory.parent)
        self._migrated_home(self._directory.parent)
        self._keep_open()

    def _state(self) -> list[str]:
        """What identifies the migrations applied, what identifies the definitions, and the tables with rows.

        Each is a query of its own: as one, they take a third more time.
        """
        found = (str(self._idle.query(sql, "TabSeparated")).rstrip("\n") for sql in (APPLIED, TABLES))
        return "\t".join(found).split("\t")
