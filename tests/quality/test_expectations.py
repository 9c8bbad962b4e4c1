from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from include.quality.expectations import judge
from include.quality.rules import key_rules
from tests.quality.pages import judged, page, reasons, row


def test_rows_that_break_a_rule_are_all_listed_however_many() -> None:
    frame = pd.DataFrame({"values_at_key": [1, 2] * 5_000})
    (outcome,) = judge("keys", key_rules(), frame)
    assert outcome.rows.tolist() == list(range(1, 10_000, 2))
    assert (outcome.element_count, outcome.unexpected_count, outcome.success) == (10_000, 5_000, False)


def test_a_rule_on_no_rows_passes() -> None:
    (outcome,) = judge("keys", key_rules(), pd.DataFrame({"values_at_key": pd.Series([], dtype="int64")}))
    assert outcome.success
    assert not outcome.errored


def test_a_missing_column_is_an_error_not_a_pass() -> None:
    (outcome,) = judge("keys", key_rules(), pd.DataFrame({"other": [1]}))
    assert outcome.errored
    assert "values_at_key" in outcome.error


def test_threads_do_not_see_each_other_s_rows() -> None:
    def bad_row(position: int) -> list[int]:
        rows = [row(hour, open_interest=-1 if hour == position else 5) for hour in range(20)]
        return list(reasons(judged(page(*rows))))

    positions = [7 * i % 20 for i in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(bad_row, positions)) == [[position] for position in positions]
