from __future__ import annotations

from bench.hourly import HourlyRun, TaskTime, faults, medians, page


def run(kind: str, seconds: float, requests: int, tries: int = 1) -> HourlyRun:
    task = TaskTime(name="extract", state="success", tries=tries, began_seconds=0.5, took_seconds=1.5)
    return HourlyRun(kind=kind, wall_seconds=seconds, cpu_seconds=1.0, requests=requests, tasks=[task])


def test_the_median_is_held_against_the_bound_of_its_kind() -> None:
    quick = [run("buys", seconds, 9) for seconds in (7.0, 8.0, 30.0)] + [run("nothing to buy", 5.0, 0)]

    assert medians(quick) == {"buys": 8.0, "nothing to buy": 5.0}
    assert faults(quick) == []
    assert faults([run("buys", 8.1, 9)]) == ["buys: median 8.1 s; expected at most 8 s on two idle cores"]
    assert faults([run("nothing to buy", 5.1, 0)]) == [
        "nothing to buy: median 5.1 s; expected at most 5 s on two idle cores"
    ]


def test_a_run_that_buys_what_it_should_not_is_a_fault() -> None:
    assert faults([run("buys", 1.0, 0)]) == ["buys: 0 requests; expected some"]
    assert faults([run("nothing to buy", 1.0, 9)]) == ["nothing to buy: 9 requests; expected none"]


def test_a_second_try_is_a_fault_though_the_median_hides_its_wait() -> None:
    runs = [run("buys", 2.0, 9), run("buys", 86.0, 9, tries=2), run("buys", 2.0, 9)]

    assert faults(runs) == ["buys: extract took 2 tries; expected 1"]
    assert "try 2" in page(runs[1])
