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
