"""Great Expectations judges equal frames by equal rules once a process: most small tests meet the same rows.

Judging is a pure function of the rules and the frame, and takes 50 ms for a single row. Whether it judges right is the
subject of tests/quality, which does not use this. A changed rule or row is judged afresh.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import pytest

from include.quality.expectations import Outcome, judge
from include.quality.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

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
    key = (suite, *kinds, blake2b(pickle.dumps(frame)).digest())
    if key not in _outcomes:
        _outcomes[key] = judge(suite, rules, frame)
    return _outcomes[key]
