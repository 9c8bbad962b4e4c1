"""The data dictionary: every table and column with its comment, as the warehouse itself has them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from include.warehouse.session import Session


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a BI tool shows it."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view, `database.name`, with its columns in order; a view with a parameter has none."""

    name: str
    comment: str
    columns: tuple[Column, ...]


def dictionary(session: Session) -> list[Described]:
    """The marts, then what they are made of, each by name."""
    found = session.rows("read/dictionary.sql", {"database_name": session.database, "bi_name": session.bi})
    return [
        Described(f"{database}.{table}", comment, tuple(Column(*row[3:]) for row in rows if row[3]))
        for (database, table, comment), rows in groupby(found, key=lambda row: row[:3])
    ]
