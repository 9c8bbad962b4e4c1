from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from include.domain.market import Interval, Stream
from include.pipeline.pricing.quote import CycleAllowance, Preview
from include.planning.credits.lower_bound import LowerBound
from include.planning.credits.price import Price
from include.planning.windows.windows import PlannedWindow
from oi_airflow.pricing import MOST_LINES, in_short, plan_table, verdict

START = datetime(2026, 3, 1, tzinfo=UTC)


def window(symbol: str, day: int) -> PlannedWindow:
    start = START + timedelta(days=day)
    return PlannedWindow(Stream(symbol, Interval.M5), start, start + timedelta(days=1), 864, 1, 2642, 2642)


def preview(*windows: PlannedWindow) -> Preview:
    total = Price(len(windows), 864 * len(windows), 2642 * len(windows))
    allowance = CycleAllowance("pro", 1_000_000, 0, 0, 900_000, 800_000)
    return Preview(
        lane="backfill",
        windows=list(windows),
        price=total,
        at_most_credits=total.credits,
        lower_bound=LowerBound(total.rows, total.credits, total.credits),
        naive_credits=9_999,
        allowance=allowance,
        monthly={},
        monthly_naive_credits=0,
        advice=[],
        fits=True,
        notes=[],
        wall_minutes=120.0,
    )


def test_the_table_sums_up_and_aligns_its_numbers() -> None:
    assert plan_table(preview(window("BTC", 1), window("BTC", 0), window("ETH", 0))) == [
        "symbol  interval  requests   rows  credits  from                  to",
        "BTC     5m               2  1,728    5,284  2026-03-01T00:00:00Z  2026-03-03T00:00:00Z",
        "ETH     5m               1    864    2,642  2026-03-01T00:00:00Z  2026-03-02T00:00:00Z",
    ]


def test_a_long_table_ends_with_how_many_lines_more_there_are() -> None:
    lines = plan_table(preview(*(window(f"S{number}", 0) for number in range(MOST_LINES + 5))))

    assert len(lines) == 1 + MOST_LINES + 1
    assert lines[-1] == "and 5 more lines"


def test_the_verdict_states_price_and_time() -> None:
    assert verdict(preview(window("BTC", 0)), None) == [
        "price: 1 request, 864 rows, 2,642 credits",
        "A naive reader, each series hour by hour, would pay 9,999: 0.264 times that.",
        "Lower bound: 2,642 for 864 useful rows in full pages; this plan costs 1.000 times that.",
        "reading time at the plan's rate: about 2 hours",
    ]


def test_a_plan_above_the_lower_bound_is_explained() -> None:
    seen = preview(window("BTC", 0))

    short = replace(seen, lower_bound=LowerBound(864, 2_500, 2_642))
    scattered = replace(seen, lower_bound=LowerBound(800, 2_450, 2_450))

    assert "no plan costs less than 2,642 (1.000 times)" in short.compared()[-1]
    assert "this plan costs 1.078 times that. The rest: what is due is short or lies apart" in scattered.compared()[-1]
    assert replace(seen, lower_bound=LowerBound(0, 0, 0), naive_credits=0).compared() == []


def test_one_line_says_what_it_costs_and_whether_it_fits() -> None:
    seen = preview(window("BTC", 0))

    assert in_short(seen) == "1 request, 864 rows, 2,642 credits; it fits"
    assert in_short(replace(seen, fits=False)) == "1 request, 864 rows, 2,642 credits; it does not fit"
    assert in_short(preview()) == "nothing is left to buy in this range"


def test_what_does_not_fit_comes_with_the_ways_out() -> None:
    dear = replace(preview(window("BTC", 0)), fits=False, advice=["raise it"], wall_minutes=None)

    lines = verdict(dear, 1_000)

    assert "reading time at the plan's rate: unknown" in lines
    assert "max_credits of 1,000 ends reading before that; the next run continues from there" in lines
    assert lines[-2:] == ["it does not fit:", "- raise it"]
