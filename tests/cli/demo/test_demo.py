"""`./oi demo`, which is what `make run` shows: twice, as a stranger would."""

from __future__ import annotations

import re

import pytest

from include.simulator.server import RunningSimulator
from tests.cli.demo.conftest import Demonstration
from tests.cli.oi import KEY, Oi

TOTALS = " UNION ALL ".join(
    f"SELECT '{view}' AS view, count() AS rows, sum(cityHash64(*)) AS checksum FROM market.{view}"
    for view in ("open_interest", "open_interest_history", "quarantine")
)
NOTHING_PAID = "Everything was there already: nothing was requested, nothing paid, no row changed."


@pytest.mark.slow
def test_rule_5_a_second_demo_pays_and_changes_nothing(demonstration: Demonstration) -> None:
    oi, first = demonstration.oi, demonstration.shown
    totals = sorted(oi("sql", TOTALS, "--json").lines, key=str)
    second = oi("demo")
    budget = oi("budget")

    assert first.code == 0, first.out + first.err
    cost = re.search(r"Cost: ([\d,]+) credits in 15 requests\. A naive reader.* would have paid ([\d,]+)\.", first.out)
    assert cost
    paid, naive = (int(figure.replace(",", "")) for figure in cost.groups())
    assert naive > 5 * paid > 0
    assert "open_interest_present" in first.out.partition("Quarantine:")[2]
    assert first.out.partition("Next:")[2].count("\n  ") == 3
    rows = {one["view"]: one["rows"] for one in totals}
    assert 3_600 < rows["open_interest"] == rows["open_interest_history"] <= 3_735 - 3
    assert rows["quarantine"] == 3
    assert second.code == 0, second.out + second.err
    assert "Cost: 0 credits in 0 requests." in second.out
    assert NOTHING_PAID in second.out
    assert f"{paid:,}" in budget.out
    assert "renewed" not in budget.out, "the simulator's accounts outlive it"
    assert sorted(oi("sql", TOTALS, "--json").lines, key=str) == totals


@pytest.mark.slow
def test_with_a_key_it_reads_yesterday_and_stays_under_the_cap(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    answer = oi_with_api("demo")

    assert answer.code == 3, answer.out + answer.err
    assert "Reading 2026-03-08 (UTC)" in answer.out
    assert "over the cap of 5,000 credits" in answer.out
    assert 0 < simulator.account(KEY).credits <= 5_000
    assert KEY not in answer.out + answer.err


def test_made_up_rows_do_not_mix_with_those_of_the_vendor(oi: Oi) -> None:
    oi.home.mkdir()
    (oi.home / "rows-from").write_text("vendor\n")

    answer = oi("demo")

    assert answer.code == 2
    assert "OI_HOME" in answer.err
