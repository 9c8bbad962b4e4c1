"""`./oi budget`: lanes, burn-down and rules on one page, without a key and without an API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from include.domain.market import Interval, Stream
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.credits.permits import Granted
from include.ledger.database.engine import open_ledger
from include.ledger.work import windows
from include.ledger.work.runs import open_run
from include.ledger.work.windows import NewWindow
from include.settings.budget import Budget
from tests import clock
from tests.cli.oi import Oi


@pytest.fixture
def spent_today(home: Path) -> None:
    """60,000,000 credits of a hundred million in one request of a window that has 1,000 rows left."""
    now, budget = clock.now(), Budget(monthly_credits=100_000_000)
    with open_ledger(f"sqlite:///{home / 'ledger.db'}") as ledger:
        with ledger.write() as connection:
            open_run(connection, "run", "hourly", None, now)
            window = NewWindow(Stream("BTC", Interval.H1, None), now, now + timedelta(days=30), 1000, 1000, 3050)
            [window_id] = windows.add(connection, "run", "hourly", [window], now)
        answer = permits.permit(ledger, PermitRequest("run", "hourly", window_id, 0, 60_000_000), budget, lambda: now)
        assert isinstance(answer, Granted)
        with ledger.write() as connection:
            charges.settle(connection, answer.charge_id, 60_000_000, source="test", now=now)


def test_an_unknown_account_is_said_and_bounds_nothing(oi: Oi) -> None:
    answer = oi("budget")

    assert answer.code == 0, answer.err
    assert "Allowance: unknown, so spending has no bound" in answer.out
    assert "hourly: nothing bounds it." in answer.out
    assert "Nothing is spent in this cycle." in answer.out
    assert "./oi plan with KWERY_API_KEY set reads it" in answer.out


@pytest.mark.usefixtures("spent_today")
def test_the_page_shows_lanes_burn_down_and_rules_in_80_columns(oi: Oi) -> None:
    answer = oi("budget", OI_MONTHLY_CREDITS="100000000")

    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert "Left: 40,000,000, of which 5,000,000 are the reserve." in lines
    [hourly] = [line for line in lines if line.startswith("hourly  ")]
    assert hourly.split()[:4] == ["hourly", "50,000,000", "60,000,000", "3,050"]
    today = f"  {clock.now():%Y-%m-%d}"
    assert ["day", "hourly", "daily", "backfill", "left"] in [line.split() for line in lines]
    [bar] = [line for line in lines if line.startswith(today) and "#" in line]
    assert bar.split()[1:5] == ["60,000,000", "0", "0", "40,000,000"]
    assert bar.count("#") in (7, 8)  # an even pace may stand on one of them
    assert any(line.startswith("  to come ") for line in lines)
    [header] = [number for number, line in enumerate(lines) if line.split()[:1] == ["symbol"]]
    assert lines[header].split() == ["symbol", "spent", "share", "committed", "requests", "rows", "forecast"]
    assert lines[header + 2].split()[:5] == ["BTC", "60,000,000", "100.0%", "3,050", "1"]
    figures = lines[: lines.index("Rules (before every request, over all processes):")]
    assert [line for line in figures if len(line) > 80 and "Note" not in line and "budget." not in line] == []


@pytest.mark.usefixtures("spent_today")
def test_json_has_all_of_it(oi: Oi) -> None:
    found = oi("budget", "--json", OI_MONTHLY_CREDITS="100000000").json

    assert (found["allowance"], found["left"], found["reserve"]) == (100_000_000, 40_000_000, 5_000_000)
    assert [lane["lane"] for lane in found["lanes"]] == ["hourly", "daily", "backfill"]
    assert {"share", "spent", "committed", "kept", "may_use", "forecast", "verdict"} <= set(found["lanes"][0])
    assert found["burn_down"][-1]["spent"] == {"hourly": 60_000_000}
    assert [(one["symbol"], one["committed"]) for one in found["symbols"]] == [("BTC", 3050)]
