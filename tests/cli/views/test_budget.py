"""The page of a billing cycle, whatever its figures are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.cli.views.budget import print_budget
from include.settings.budget import LANES, Budget

LARGE = 1_919_997_730


def test_large_figures_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    figures = dict.fromkeys(("share", "spent", "committed", "kept", "may_use", "forecast", "at_pace"), LARGE)
    lanes = [{"lane": lane, "verdict": "it is large", "as_planned": None, **figures} for lane in LANES]
    day = {"day": "2026-07-01", "spent": dict.fromkeys(LANES, LARGE), "left": -LARGE, "even_left": LARGE}
    cycle = {"start": datetime(2026, 7, 1, tzinfo=UTC), "end": datetime(2026, 8, 1, tzinfo=UTC), "day": 1, "days": 31}
    account = {"allowance": LARGE, "allowance_from": "the account", "reserve": 0, "account_read_at": None}
    budget = {**cycle, **account, "spent": LARGE, "left": 0, "lanes": lanes, "burn_down": [day]}
    print_budget({**budget, "symbols": [], "notes": []}, Budget())

    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line.startswith((*LANES, "  20"))]
    assert [line.split().count(f"{LARGE:,}") for line in rows if ":" not in line] == [6, 6, 6, 3]
