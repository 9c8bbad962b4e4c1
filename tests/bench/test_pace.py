from __future__ import annotations

from bench.pace import Pace, allowed_in


def test_admitted_requests_are_counted_by_second_and_minute() -> None:
    assert [allowed_in(seconds) for seconds in (0.5, 1, 1.5, 20, 30, 60, 61)] == [20, 20, 40, 400, 600, 600, 620]


def test_earlier_requests_count_in_the_second_and_the_minute() -> None:
    assert allowed_in(0.5, [-0.9] * 15) == 20
    assert allowed_in(0.05, [-0.9] * 15) == 5
    assert allowed_in(75, [-5.0] * 100) == 500 + 20 * 20


def test_a_pace_below_95_in_100_or_an_answer_429_is_a_fault() -> None:
    assert Pace(processes=4, seconds=20, requests=380, allowed=400, refused=0).fault is None
    assert "94.8%" in (Pace(processes=4, seconds=20, requests=379, allowed=400, refused=0).fault or "")
    assert "1 answers 429" in (Pace(processes=1, seconds=75, requests=900, allowed=900, refused=1).fault or "")
