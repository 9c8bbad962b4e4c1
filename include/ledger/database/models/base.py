"""What all tables share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Table
from sqlalchemy.orm import DeclarativeBase

from include.ledger.database.types import UtcInstant


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcInstant(), dict[str, Any]: JSON, list[str]: JSON, list[list[str]]: JSON}  # noqa: RUF012 - SQLAlchemy reads it as it is


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that run too often to go through the object layer."""
    table = model.__table__
    assert isinstance(table, Table)
    return table
