"""The page that ends `./oi demo`, from the reports of its two runs."""

from __future__ import annotations

import pytest

from include.cli.demo.day import SIMULATED_DAY, DemoDay
from include.cli.views.demo import print_demo
from include.pipeline.steps.report.summary import Loaded, RunReport


def test_the_figures_of_both_runs_are_added(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line that a report can have is shown."""
    day = DemoDay(SIMULATED_DAY, {}, None, simulated=True)
    report = RunReport(
        "r", "hourly", day.start, day.end, complete=False, requests=2, credits=100, reserved_credits=7, naive_credits=0,
        loaded=Loaded(3, 1, 2), series=[], quarantine=[], left=[], notes=["a note"],
        failed_requests=1, lost_pages=1, lost_credits=50, loaded_elsewhere=4,
    )  # fmt: skip
    one = report.to_dict()

    print_demo(day, [one, one], naive_credits=1_000)

    shown = " ".join(capsys.readouterr().out.split())
    assert "Cost: 200 credits in 4 requests, 2 of which brought no page." in shown
    assert "would have paid 1,000." in shown
    assert "14 more are reserved" in shown
    assert "Lost: 2 paid answers could not be landed, 100 credits;" in shown
    assert "Rows: 6 new, 2 restated, 4 as known before; 8 of its rows loaded by another run." in shown
    assert shown.count("a note") == 1
