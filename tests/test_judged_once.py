from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.quality.expectations import Outcome, judge
from include.quality.gx_library import expectations
from include.quality.rules import Rule
from tests import judged_once

ROWS = [("BTC", "BTC"), ("BTC", "ETH"), (None, "ETH")]


def equal_pair() -> Rule:
    columns = {"column_A": "symbol", "column_B": "asked_symbol"}
    pair = expectations().ExpectColumnPairValuesToBeEqual(**columns, ignore_row_if="neither")
    return Rule("symbol_as_asked", "The symbol is the one requested.", pair)


def frame(rows: list[tuple[str | None, str]]) -> pd.DataFrame:
    columns = dict(zip(("symbol", "asked_symbol"), zip(*rows, strict=True), strict=True))
    words = pd.CategoricalDtype(sorted({word for row in rows for word in row if word}))
    return pd.DataFrame({name: pd.Categorical(list(values), dtype=words) for name, values in columns.items()})


def figures(outcomes: list[Outcome]) -> list[object]:
    return [(one.success, one.error, one.element_count, one.unexpected_count, one.rows.tolist()) for one in outcomes]


def test_pairs_are_judged_again_where_other_rows_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that are equal in the same rows share an outcome, whatever their words; judging each gives the same."""
    judged = []

    def counted(*arguments: Any) -> list[Outcome]:
        judged.append(arguments)
        return judge(*arguments)

    monkeypatch.setattr(judged_once, "judge", counted)
    rules = [equal_pair()]
    renamed = [tuple(word and word.replace("BTC", "SOL") for word in row) for row in ROWS]
    frames = [frame(ROWS), frame(renamed), frame([*ROWS[:2], ("ETH", "ETH")]), frame(ROWS[:2])]  # type: ignore[arg-type] # pairs stay pairs
    for one in frames:
        assert figures(judged_once._remembered("pairs", rules, one)) == figures(judge("pairs", rules, one))
    assert len(judged) == len(frames) - 1
