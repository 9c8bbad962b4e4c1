"""Faults in the rows of a page."""

from __future__ import annotations

from datetime import timedelta
from math import nan
from typing import TYPE_CHECKING, Any

from include.domain.clock import iso, parse_instant
from include.domain.market import Interval
from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from include.simulator.queries import Query
    from include.simulator.rows import Row

_SHARE = 0.1


class _SomeRows(Fault):
    """A fault of about a tenth of the rows, one at least."""

    def some(self, rows: list[Row]) -> list[int]:
        """Positions of the rows to touch, ascending."""
        return sorted(self.random.sample(range(len(rows)), min(len(rows), max(1, int(len(rows) * _SHARE)))))


class DuplicateRows(_SomeRows):
    """Repeats about a tenth of the rows, each right after itself."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        twice = set(self.some(rows))
        return [copy for at, row in enumerate(rows) for copy in ([row, dict(row)] if at in twice else [row])]


class ShuffledRows(Fault):
    """Gives the rows of the page in random order."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        return self.random.sample(rows, len(rows))


class MissingRows(_SomeRows):
    """Leaves out about a tenth of the rows without a word."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        gone = set(self.some(rows))
        return [row for at, row in enumerate(rows) if at not in gone]


class ConflictingRows(_SomeRows):
    """Repeats about a tenth of the rows with another open interest."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        twice = set(self.some(rows))
        return [copy for at, row in enumerate(rows) for copy in ([row, _other(row)] if at in twice else [row])]


class MalformedRows(_SomeRows):
    """Spoils about a tenth of the rows: null, NaN, negative or text values, times off the grid or out of range."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        spoilt = list(rows)
        for turn, at in enumerate(self.some(rows), self.number):
            spoilt[at] = {**rows[at], **_defect(turn, rows[at], query)}
        return spoilt


class OddCoarse(_SomeRows):
    """Gives about a tenth of the rows of 15m, 1h, 4h and 1d a percent more than 5m has at that time."""

    def distort(self, rows: list[Row], query: Query) -> list[Row]:
        odd = set(self.some(rows)) if query.interval is not Interval.M5 else set()
        return [_larger(row) if at in odd else row for at, row in enumerate(rows)]


def _larger(row: Row) -> Row:
    figures = {name: row[name] for name in ("open_interest", "open_interest_usd")}
    return {**row, **{name: figure and round(float(figure) * 1.01, 2) for name, figure in figures.items()}}


def _other(row: Row) -> Row:
    return {**row, "open_interest": round(float(row["open_interest"] or 0.0) * 1.01 + 1.0, 2)}


def _defect(turn: int, row: Row, query: Query) -> dict[str, Any]:
    off_grid = parse_instant(row["timestamp"]) + timedelta(seconds=17)
    defects: tuple[dict[str, Any], ...] = (
        {"open_interest": None},
        {"open_interest": nan},
        {"open_interest": -1.0},
        {"open_interest": "n/a"},
        {"open_interest_usd": -0.01},
        {"timestamp": iso(off_grid)},
        {"timestamp": iso(query.interval.ceil(query.end) + query.interval.step)},
        {"timestamp": "yesterday"},
        {"timestamp": None},
    )
    return defects[turn % len(defects)]
