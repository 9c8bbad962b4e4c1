from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from include.quality.expectations import judge
from include.quality.gx_library import expectations
from include.quality.rules import Rule, key_rules
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


def test_expectations_of_the_gallery_fit_as_they_stand_there() -> None:
    """Of each sort: values, pairs, several columns, a statistic, a table, and a class of one's own."""
    gxe = expectations()

    class ExpectPassengerCountToBeLegal(gxe.ExpectColumnValuesToBeBetween):  # type: ignore[misc,name-defined] # made at run time
        column: str = "passengers"
        min_value: float = 1
        max_value: float = 6

    frame = pd.DataFrame({"passengers": [1, 7, 3], "paid": [5.0, None, 2.0], "due": [5.0, 1.0, 2.5]})
    found = judge(
        "gallery",
        [
            Rule("legal", "The number of passengers is legal.", ExpectPassengerCountToBeLegal()),
            Rule("not null", "It was paid.", gxe.ExpectColumnValuesToNotBeNull(column="paid")),
            Rule(
                "enough",
                "What was paid is what was due.",
                gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="paid", column_B="due", or_equal=True),
            ),
            Rule("unique", "No row repeats.", gxe.ExpectCompoundColumnsToBeUnique(column_list=["passengers", "due"])),
            Rule("mean", "Usual.", gxe.ExpectColumnMeanToBeBetween(column="due", min_value=0, max_value=2), "warn"),
            Rule("rows", "Three.", gxe.ExpectTableRowCountToEqual(value=3), "stop the batch"),
        ],
        frame,
    )
    assert [(one.rule.name, one.success, one.rows.tolist()) for one in found] == [
        ("legal", False, [1]),
        ("not null", False, [1]),
        ("enough", False, [1, 2]),
        ("unique", True, []),
        ("mean", False, []),
        ("rows", True, []),
    ]
    assert [one.error for one in found] == [""] * 6


def test_threads_do_not_see_each_other_s_rows() -> None:
    def bad_row(position: int) -> list[int]:
        rows = [row(hour, open_interest=-1 if hour == position else 5) for hour in range(20)]
        return list(reasons(judged(page(*rows))))

    positions = [7 * i % 20 for i in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(bad_row, positions)) == [[position] for position in positions]
