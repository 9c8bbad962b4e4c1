"""The schema: numbered files of tables, each applied once, in order, then one file for each view, then the fills.

A table's file is never edited once it is shipped: a change goes into the next number. A view's file is edited freely,
and applied again wherever its text differs from the one that was applied last; a view whose file is gone is dropped.
A fill computes the rows of a table from those of others, and is applied again like a view.
They are recorded once all are applied: a crash or a failure repeats them, so every statement must be safe to repeat
(`IF NOT EXISTS`, `CREATE OR REPLACE`).
Two processes may apply the same files at once.

The numbers below the first file's belong to earlier versions: the first file brings their tables up to date.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from include.warehouse import scripts, views
from include.warehouse.errors import QueryFailed, WarehouseError
from include.warehouse.session import Session

UNKNOWN_TABLE, UNKNOWN_DATABASE = 60, 81
DROPPED = ""
"""The checksum that is recorded of a view that was dropped."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A numbered file of `sql/migrations`, a view's or a fill's; `name` is how the database remembers it."""

    name: str
    script: str
    checksum: str


def migrate(session: Session, *, again: bool = False) -> list[str]:
    """Applies what is missing, or everything `again`, and returns the names applied; one query when nothing is missing.

    Raises WarehouseError when the files and the database have different histories.
    """
    missing = _missing(session, again=again)
    for migration in (*missing.tables, *missing.views):
        session.define(migration.script)
    for fill in missing.fills:
        session.run(fill.script)
    for name in missing.gone:
        _drop_view(session, name)
    done = missing.checksums()
    _record(session, done)
    return list(done)


def is_migrated(session: Session) -> bool:
    """True where nothing is missing; the session needs no right but to read. Raises WarehouseError like `migrate`."""
    return not _missing(session).checksums()


@dataclass(frozen=True, slots=True)
class _Missing:
    """What a database lacks, and the names of the views that have no file any more."""

    tables: list[Migration]
    views: list[Migration]
    fills: list[Migration]
    gone: list[str]

    def checksums(self) -> dict[str, str]:
        """What is recorded of all of it, by name."""
        made = {one.name: one.checksum for one in (*self.tables, *self.views, *self.fills)}
        return made | dict.fromkeys(self.gone, DROPPED)


def _missing(session: Session, *, again: bool = False) -> _Missing:
    applied = _applied(session)
    migrations = shipped()
    _refuse_unknown(applied, migrations, session.database)
    _refuse_edited(applied, migrations, session.database)
    return _Missing(
        tables=[migration for migration in migrations if again or migration.name not in applied],
        views=[view for view in shipped_views() if again or applied.get(view.name) != view.checksum],
        fills=[fill for fill in shipped_fills() if again or applied.get(fill.name) != fill.checksum],
        gone=_views_without_file(applied),
    )


def shipped() -> list[Migration]:
    """The numbered migrations of this checkout, in order."""
    return [_migration(name, f"migrations/{name}") for name in scripts.names("migrations")]


def shipped_views() -> list[Migration]:
    """The views of this checkout, each after those that it reads."""
    return [_migration(script, script) for script in views.in_order()]


def shipped_fills() -> list[Migration]:
    """What fills the tables that are computed from others."""
    return [_migration(f"fills/{name}", f"fills/{name}") for name in scripts.names("fills")]


@cache
def _migration(name: str, script: str) -> Migration:
    return Migration(name, script, hashlib.sha256(scripts.read(script).encode()).hexdigest())


def _record(session: Session, done: dict[str, str]) -> None:
    """Records files with their checksums in one insert: an insert takes 10 ms, most of it for its fsync."""
    if done:
        session.run("migrate/record.sql", {"applied": list(done.items())})


def _applied(session: Session) -> dict[str, str]:
    try:
        return dict(session.rows("migrate/applied.sql"))
    except QueryFailed as error:
        if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
            return {}
        raise


def _views_without_file(applied: dict[str, str]) -> list[str]:
    known = set(views.in_order())
    made = (name for name, checksum in applied.items() if views.is_view(name) and checksum != DROPPED)
    return sorted(name for name in made if name not in known)


def _drop_view(session: Session, name: str) -> None:
    database, view = views.location(name, session)
    session.define("migrate/drop_view.sql", in_database=database, view=view)


def _refuse_unknown(applied: dict[str, str], migrations: list[Migration], database: str) -> None:
    numbered = {name for name in applied if "/" not in name}
    unknown = sorted(name for name in numbered - {one.name for one in migrations} if name > migrations[0].name)
    if unknown:
        raise WarehouseError(
            f"database {database} has had {', '.join(unknown)}, which this checkout does not have: it is older than "
            "the database. Update the checkout, or choose another database with CLICKHOUSE_DATABASE"
        )


def _refuse_edited(applied: dict[str, str], migrations: list[Migration], database: str) -> None:
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise WarehouseError(
                f"include/warehouse/sql/migrations/{migration.name} was edited after it had been applied to database "
                f"{database}. Restore it as it was shipped, and put the change into a new file with the next number"
            )
