"""What can go wrong in the warehouse, sorted by what to do next.

WarehouseError             a refusal that ends the same however often it is repeated: its message says what to change.
│                          A lock that another process holds is one, too, with `next_step` RETRY
├── WarehouseUnreachable   ClickHouse cannot be opened: correct the settings, or start the server
│   └── EngineUnusable     the embedded engine lacks its package or memory: its files are not the reason
├── RowsUnfit              a batch holds rows that the tables cannot hold: it is set aside, and blocks no other
└── QueryFailed            ClickHouse refused a statement; has its `code` and `name`
"""

from __future__ import annotations

from include.domain.errors import OiError
from include.domain.next_step import NextStep


class WarehouseError(OiError):
    """The warehouse refuses, or cannot be used."""


class WarehouseUnreachable(WarehouseError):
    """ClickHouse could not be opened or reached; it may be back at the next try."""

    next_step = NextStep.RETRY


class EngineUnusable(WarehouseUnreachable):
    """The engine cannot be loaded, or gets no memory; what it stores is not damaged."""


class RowsUnfit(WarehouseError):
    """A batch holds rows that the tables cannot hold, whoever publishes it and however often."""


class QueryFailed(WarehouseError):
    """ClickHouse refused a statement; a server that was busy or short of memory may take it at the next try.

    `code` and `name` are ClickHouse's own (60, UNKNOWN_TABLE), None where it gave none. `lacks_memory` is True where
    the machine gave it too little memory or too few threads.
    """

    next_step = NextStep.RETRY

    def __init__(
        self, message: str, code: int | None = None, name: str | None = None, *, lacks_memory: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.lacks_memory = lacks_memory
