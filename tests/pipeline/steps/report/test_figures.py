from __future__ import annotations

from include.pipeline.steps.report.figures import quarantine_lines
from include.pipeline.steps.report.summary import QuarantineLine


def test_quarantine_is_summed_by_rule_with_most_rows_first() -> None:
    published = [
        {"rules": {"on_grid": {"rows": 2, "example": "a"}, "numeric": {"rows": 3, "example": "b"}}},
        {"rules": {"on_grid": {"rows": 4, "example": "c"}}},
        {"rules": {}},
    ]
    assert quarantine_lines(published) == [QuarantineLine("on_grid", 6, "c"), QuarantineLine("numeric", 3, "b")]
