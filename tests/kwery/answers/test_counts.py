"""Counts of rows under names that nobody listed, and numbers that count something else."""

from __future__ import annotations

from typing import Any

import pytest

from include.kwery.answers.counts import wrong_counts
from include.kwery.answers.statements import statements_in


def is_wrong(fields: dict[str, Any], rows: int = 0) -> bool:
    return any(wrong_counts(statements_in({"meta": fields}, {}), rows, 0, more_to_come=False))


@pytest.mark.parametrize(
    "name",
    [
        "rows_in_range",
        "rows_scanned",
        "nrows",
        "matches",
        "full_count",
        "estimatedTotal",
        "hydra:totalItems",
        "valueCount",
    ],
)
def test_a_count_under_any_name_of_rows_is_compared(name: str) -> None:
    assert is_wrong({name: 24})
    assert not is_wrong({name: 24}, rows=24)


@pytest.mark.parametrize(
    "name",
    [
        "max_rows",
        "rows_per_page",
        "row_limit",
        "records_version",
        "first_row",
        "requested_rows",
        "results_ms",
        "rows_left",
    ],
)
def test_a_bound_or_a_place_is_no_count(name: str) -> None:
    assert not is_wrong({name: 24})


MOMENT = "2026-03-07T05:00:00Z"


@pytest.mark.parametrize(
    "fields",
    [
        {"by_time": {MOMENT: 5.5}},
        {"binance_futures": {"1772859600": "5.5"}},
        {"csv": f"timestamp,open_interest\n{MOMENT},5.5"},
        {"late": [{"ts": MOMENT, "v": 5.5}]},
        {"extra": [{"t": 1772859600000, "o": "5.5"}]},
    ],
)
def test_rows_in_any_form_beside_data_are_found(fields: dict[str, Any]) -> None:
    assert is_wrong(fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"rows_by_day": {"2026-03-07": 0}, "reads": {MOMENT: 0}},
        {"about": "Open interest\nof one symbol, by source", "limits": {"5m": 7, "1h": 30}},
        {"plans": [{"name": "pro", "since": "2026-01-01", "days": 30}]},
        {"spans": [{"start": MOMENT, "end": MOMENT, "n": 2}]},
    ],
)
def test_other_tables_and_texts_are_no_rows(fields: dict[str, Any]) -> None:
    assert not is_wrong(fields)
