"""Numbered .sql files, each applied once, in order, and remembered with its checksum.

A crash inside a migration repeats the whole file, so every statement there must be safe to repeat
(`IF NOT EXISTS`, `CREATE OR REPLACE`). A file is never edited once it is shipped: change goes into the next number.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from include.warehouse import scripts
from include.warehouse.errors import MigrationEdited, MigrationUnknown, QueryFailed
from include.warehouse.session import Session

UNKNOWN_TABLE, UNKNOWN_DATABASE = 60, 81


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `sql/migrations`."""

    name: str
    checksum: str

    @property
    def script(self) -> str:
        return f"migrations/{self.name}"


def migrate(session: Session, *, anew: bool = False) -> list[str]:
    """Applies what is missing, or all of it `anew`, and returns the names applied; one query when nothing is missing.

    Raises MigrationEdited or MigrationUnknown when the files and the database tell different histories.
    """
    applied = _applied(session)
    migrations = shipped()
    _refuse_unknown(applied, migrations, session.database)
    _refuse_edited(applied, migrations, session.database)
    missing = [migration for migration in migrations if anew or migration.name not in applied]
    for migration in missing:
        session.define(migration.script)
        session.run("migrate/record.sql", {"name": migration.name, "checksum": migration.checksum})
    return [migration.name for migration in missing]


def shipped() -> list[Migration]:
    """The migrations of this checkout, in order."""
    names = sorted(path.name for path in (scripts.SQL / "migrations").glob("*.sql"))
    return [Migration(name, _checksum(name)) for name in names]


def _checksum(name: str) -> str:
    return hashlib.sha256(scripts.read(f"migrations/{name}").encode()).hexdigest()


def _applied(session: Session) -> dict[str, str]:
    try:
        return dict(session.rows("migrate/applied.sql"))
    except QueryFailed as error:
        if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
            return {}
        raise


def _refuse_unknown(applied: dict[str, str], migrations: list[Migration], database: str) -> None:
    unknown = sorted(set(applied) - {migration.name for migration in migrations})
    if unknown:
        raise MigrationUnknown(
            f"database {database} has had {', '.join(unknown)}, which this checkout does not have: it is older than "
            "the database. Update the checkout, or choose another database with CLICKHOUSE_DATABASE"
        )


def _refuse_edited(applied: dict[str, str], migrations: list[Migration], database: str) -> None:
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationEdited(
                f"include/warehouse/sql/migrations/{migration.name} was edited after it had been applied to database "
                f"{database}. Restore it as it was shipped, and put the change into a new file with the next number"
            )
