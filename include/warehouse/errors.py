"""What can go wrong in the warehouse, sorted by what to do next.

WarehouseError
├── WarehouseBusy          another process has the embedded warehouse open: wait, or stop that process
├── WarehouseUnreachable   ClickHouse cannot be opened: correct the settings, or start the server
├── NoRoom                 the disk of the embedded warehouse is as good as full: make room, run the same again
├── MigrationError
│   ├── MigrationEdited    an applied migration was changed: restore it, and add a new one instead
│   └── MigrationUnknown   the database is newer than this checkout: update the checkout
├── PublishRefused         a batch failed its audit: nothing of it became visible in open_interest
│   └── RowsUnfit          it holds rows that the tables cannot hold: it fails again however often it is published
├── RebuildRefused         rows of a cluster are rebuilt in an empty database only: name a new one
├── GrantRefused           roles and users cannot be made as the settings say: name an administrator
└── QueryFailed            ClickHouse refused a statement; has its `code` and `name`
"""

from __future__ import annotations

from include.domain.display import ShownError


class WarehouseError(ShownError):
    """Base of everything this room raises."""


class WarehouseBusy(WarehouseError):
    """Another process or thread has the embedded warehouse open."""


class WarehouseUnreachable(WarehouseError):
    """ClickHouse could not be opened or reached."""


class NoRoom(WarehouseError):
    """The embedded warehouse's disk has too little left to define anything."""


class MigrationError(WarehouseError):
    """The database and the migration files do not agree."""


class MigrationEdited(MigrationError):
    """A migration file was changed after it had been applied."""


class MigrationUnknown(MigrationError):
    """The database had a migration that this checkout does not have."""


class PublishRefused(WarehouseError):
    """A batch is not fit to be published."""


class RowsUnfit(PublishRefused):
    """A batch holds rows that the tables cannot hold, whoever publishes it and however often."""


class RebuildRefused(WarehouseError):
    """Rows cannot be rebuilt where these are."""


class GrantRefused(WarehouseError):
    """Roles and users cannot be made by this user, or for these."""


class QueryFailed(WarehouseError):
    """ClickHouse refused a statement.

    `code` and `name` are ClickHouse's own (60, UNKNOWN_TABLE), None where it gave none.
    """

    def __init__(self, message: str, code: int | None = None, name: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
