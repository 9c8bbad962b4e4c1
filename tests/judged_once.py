"""Great Expectations judges equal frames by equal rules once a process: most small tests meet the same rows.

Judging is a pure function of the rules and the frame, and takes 50 ms for a single row. Whether it judges right is the
subject of tests/quality, which does not use this. A changed rule is judged afresh, and so is a row that changed as far
as a rule can see: of a column that is only held against bounds, the side of the bounds on which each number lies; of
two columns that are only held against each other, whether they are equal.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

from include.quality.expectations import Outcome, judge
from include.quality.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

BOUNDS = {"min_value", "max_value"}
_outcomes: dict[tuple[object, ...], list[Outcome]] = {}


@contextmanager
def judged_once() -> Iterator[None]:
    """Inside the block batches are classified by outcomes that are remembered."""
    from include.quality import classify

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classify, "judge", _remembered)
        yield


def _remembered(suite: str, rules: Sequence[Rule], frame: pd.DataFrame) -> list[Outcome]:
    kinds = [(one.name, one.sentence, one.consequence, type(one.expectation), str(one.arguments)) for one in rules]
    key = (suite, *kinds, blake2b(pickle.dumps(_as_the_rules_see_it(rules, frame))).digest())
    if key not in _outcomes:
        _outcomes[key] = judge(suite, rules, frame)
    return _outcomes[key]


def _as_the_rules_see_it(rules: Sequence[Rule], frame: pd.DataFrame) -> list[tuple[str, Any]]:
    numbers = {str(name) for name, column in frame.items() if column.dtype.kind in "iuf"}
    bounded = [one for one in rules if _only_bounds(one) and one.column in numbers]
    pairs = [one for one in rules if _only_equal(one)]
    others = {str(value) for one in rules if one not in (*bounded, *pairs) for value in one.arguments.values()}
    bounds = [
        (f"{one.column} {edge} {one.arguments[edge]}", _beyond(frame[one.column], edge, one.arguments[edge]))
        for one in bounded
        for edge in sorted(BOUNDS & one.arguments.keys())
    ]
    compared = [(str(one.arguments), _are_equal(*(frame[name] for name in _columns(one)))) for one in pairs]
    seen = {name for one in (*bounded, *pairs) for name in _columns(one)} - others
    missing = [(f"{name} is missing", frame[name].isna().to_numpy()) for name in sorted(seen)]
    whole = [(str(name), None if name in seen else frame[name]) for name in frame.columns]
    return [*whole, *missing, *bounds, *compared]


def _columns(rule: Rule) -> list[str]:
    return [str(value) for name, value in rule.arguments.items() if name.startswith("column")]


def _only_equal(rule: Rule) -> bool:
    return rule.expectation_name == "ExpectColumnPairValuesToBeEqual" and rule.arguments.keys() == {
        *("column_A", "column_B", "ignore_row_if")
    }


def _are_equal(one: pd.Series[Any], other: pd.Series[Any]) -> tuple[bool, Any]:
    """Row by row, and whether they are of one type."""
    return one.dtype == other.dtype, (one.astype(object) == other.astype(object)).to_numpy()


def _only_bounds(rule: Rule) -> bool:
    between = rule.expectation_name == "ExpectColumnValuesToBeBetween"
    return between and {"column"} < rule.arguments.keys() <= {"column", *BOUNDS}


def _beyond(column: pd.Series[Any], edge: str, bound: float) -> Any:
    return ((column < bound) if edge == "min_value" else (column > bound)).to_numpy()
