"""Statements that run for every page: compiled once for a database, and passed to its driver as text.

SQLAlchemy's own execution costs several times what SQLite takes for such a statement. Everything else goes through it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any]
"""Turns a value of Python into one of the driver, or back."""


class Prepared:
    """A statement whose execution skips SQLAlchemy; it sees the same transaction, and raises the same errors.

    Parameters and columns keep their types. A list for IN cannot be a parameter: its length would change the text.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update) -> None:
        self._statement = statement
        self._columns = list(statement.exported_columns)
        self._row = namedtuple("_row", [column.key for column in self._columns], rename=True)  # type: ignore[misc] # its fields are those of the statement
        self._texts: dict[str, _Text] = {}
        self._from_driver: dict[str, tuple[tuple[int, _Convert], ...]] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The rows that the statement returns, as named tuples of its columns."""
        cursor = self._execute(connection, values)
        found = cursor.fetchall()
        cursor.close()
        if not found:
            return []
        converts = self._converts(connection.dialect, cursor.description)
        return [tuple.__new__(self._row, _converted(row, converts)) for row in found]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        return next(iter(self.rows(connection, values)), None)

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first column of the first row; None without a row."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Executes a statement without rows; returns how many rows of the table it changed."""
        cursor = self._execute(connection, values)
        cursor.close()
        return int(cursor.rowcount)

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        dialect = connection.dialect
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _text_of(self._statement, dialect)
        given = {**text.constants, **values}
        for name, convert in text.to_driver:
            given[name] = convert(given[name])
        cursor = connection.connection.dbapi_connection.cursor()  # type: ignore[union-attr] # it is open
        try:
            cursor.execute(text.sql, text.in_order(given) if text.in_order else given)
        except text.driver_error as error:
            raise DBAPIError.instance(text.sql, None, error, text.driver_error, dialect=dialect) from error
        return cursor

    def _converts(self, dialect: Dialect, description: Sequence[Sequence[Any]]) -> tuple[tuple[int, _Convert], ...]:
        """The columns that are converted, and how; a driver may name a column's type only in its answer."""
        if dialect.name not in self._from_driver:
            processors = (
                column.type.dialect_impl(dialect).result_processor(dialect, described[1])
                for column, described in zip(self._columns, description, strict=True)
            )
            converts = ((place, convert) for place, convert in enumerate(processors) if convert is not None)
            self._from_driver[dialect.name] = tuple(converts)
        return self._from_driver[dialect.name]


class _Text(NamedTuple):
    """A statement in the SQL of one database."""

    sql: str
    in_order: Callable[[Mapping[str, Any]], Sequence[Any]] | None
    """Its parameters, in the order in which they stand; None where the driver takes them by name."""
    constants: Mapping[str, Any]
    """Parameters that the statement itself sets."""
    to_driver: Sequence[tuple[str, _Convert]]
    """How those are converted that need it."""
    driver_error: type[Exception]


def _converted(row: Sequence[Any], converts: Sequence[tuple[int, _Convert]]) -> Sequence[Any]:
    values = list(row)
    for place, convert in converts:
        values[place] = convert(values[place])
    return values


def _text_of(statement: Select[*tuple[Any, ...]] | Insert | Update, dialect: Dialect) -> _Text:
    compiled: Any = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    converts = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    driver: Any = dialect.loaded_dbapi
    return _Text(
        sql=str(compiled),
        in_order=_in_order(names) if dialect.positional else None,
        constants={name: value for name, value in compiled.params.items() if value is not None},
        to_driver=[(name, convert) for name, convert in converts.items() if convert is not None],
        driver_error=driver.Error,
    )


def _in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    # Of a single name, itemgetter would give the value itself.
    return itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names]
