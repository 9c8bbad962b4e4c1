from __future__ import annotations

from bench.pace import allowed_in


def test_what_a_plan_admits_is_counted_second_by_second_and_within_the_minute() -> None:
    assert [allowed_in(seconds) for seconds in (0.5, 1, 1.5, 20, 30, 60, 61)] == [20, 20, 40, 400, 600, 600, 620]
