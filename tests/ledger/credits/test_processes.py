"""Several processes with one ledger share its budget."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from include.kwery.models import Limits
from include.ledger.credits.permits import Granted
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import Ledger, open_ledger
from include.settings.budget import Budget
from include.settings.prices import Prices
from tests.forked import Forked
from tests.ledger.conftest import NOW
from tests.ledger.credits.spending import spend

SPENDER = """
import json, sys
from datetime import datetime, timezone
from include.ledger.credits import charges, permits
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.database.engine import open_ledger
from include.ledger.credits.permits import Granted
from include.settings.budget import Budget
from include.settings.prices import Prices
url, name = sys.argv[1:]
paid = 0
with open_ledger(url) as ledger:
    while True:
        now = datetime(2026, 3, 8, tzinfo=timezone.utc)
        budget = Budget(
            monthly_credits=3000, lane_shares={"hourly": 0, "daily": 0, "backfill": 1}, reserve_share=0
        )
        answer = permits.permit(ledger, PermitRequest("run", "backfill", name, 0, 100), budget, lambda: now)
        if isinstance(answer, Granted):
            paid += 80
            with ledger.write() as connection:
                charges.settle(connection, answer.charge_id, 80, source="test", now=now)
        elif isinstance(answer, BudgetExceeded):
            break
print(json.dumps(paid))
"""


@pytest.mark.slow
def test_rule_2_eight_processes_never_overspend_a_shared_budget(url: str, ledger: Ledger) -> None:
    children = [Forked("-c", [SPENDER, url, str(number)], os.environ) for number in range(8)]
    paid = sum(json.loads(child.communicate()[0]) for child in children)
    assert 3000 - 100 < paid <= 3000
    with open_ledger(url) as again, again.read() as connection:
        assert totals(connection) == (paid, 0)


GREEDY = """
import sys, time
from datetime import datetime, timezone
from pathlib import Path
from include.ledger.credits import charges, permits
from include.ledger.credits.permit_request import PermitRequest
from include.ledger.database.engine import open_ledger
from include.ledger.credits.permits import Granted
from include.settings.budget import Budget
from include.settings.prices import Prices
url, shares, stop = sys.argv[1:]
budget, now, paid = Budget.model_validate_json(shares), datetime(2026, 3, 8, 0, 10, tzinfo=timezone.utc), 0
with open_ledger(url) as ledger:
    print("begun", flush=True)
    while not Path(stop).exists():
        answer = permits.permit(ledger, PermitRequest("run", "backfill", "w", 0, 100), budget, lambda: now)
        if isinstance(answer, Granted):
            paid += 100
            with ledger.write() as connection:
                charges.settle(connection, answer.charge_id, 100, source="test", now=now)
        else:
            time.sleep(0.002)
print(paid)
"""


@pytest.mark.slow
def test_hourly_run_gets_every_request_beside_greedy_backfills(url: str, ledger: Ledger, tmp_path: Path) -> None:
    """Another program used half of the account: 20,000 are left, 2,000 of them reserved and 12,000 for hourly runs."""
    limits = Limits(credits_used=20_000, credits_limit=40_000, credits_remaining=20_000)
    note_account(ledger, limits, before_reading(ledger, timedelta()), NOW, Prices())
    budget = Budget(lane_shares={"hourly": 0.3, "daily": 0, "backfill": 0.65})
    stop = tmp_path / "stop"
    arguments = [GREEDY, url, budget.model_dump_json(), str(stop)]
    children = [Forked("-c", arguments, os.environ, pipes=True) for _ in range(3)]
    try:
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
        answers = [spend(ledger, "hourly", 100, budget=budget) for _ in range(100)]
    finally:
        stop.touch()
    taken = sum(json.loads(child.communicate()[0]) for child in children)
    assert [answer for answer in answers if not isinstance(answer, Granted)] == []
    assert 0 < taken <= 6000
