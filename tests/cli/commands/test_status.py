"""`./oi status`: alarms first, and an exit code for scripts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.kwery.models import Limits
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.spending import ReadingRow
from include.ledger.work.coverage import replace_coverage
from include.planning.windows.coverage import Covered
from include.settings.prices import Prices
from tests import clock
from tests.cli.oi import Oi

HOUR = timedelta(hours=1)


@pytest.fixture
def stale(home: Path) -> None:
    """A ledger whose one series was kept current until half a day ago, without its rows; a stranger used the key."""
    now = clock.now()
    newest = Interval.H1.floor(now) - 12 * HOUR
    read = Covered(TimeRange(newest - 24 * HOUR, newest), newest + HOUR / 12, "rows")
    with open_ledger(f"sqlite:///{home / 'ledger.db'}") as ledger:
        for used in (1000, 5000):
            limits = Limits(credits_used=used, vendor_time=now)
            note_account(ledger, limits, before_reading(ledger, timedelta()), now, Prices())
        with ledger.write() as connection:
            replace_coverage(connection, {Series("BTC", "kalshi", Interval.H1): [read]})


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (
            {"lost_settled_credits": 350, "lost_released_credits": 700},
            "Answers lost in crashes: 350 credits of them were charged, 700 released.",
        ),
        ({"price_difference_credits": 120}, "Charges differ from `prices` in pipeline.yaml by +120 credits."),
        ({"price_difference_credits": -40}, "Charges differ from `prices` in pipeline.yaml by -40 credits."),
        ({"table_priced": 3}, "3 answers named no charge and were booked by `prices`."),
    ],
)
@pytest.mark.usefixtures("stale")
def test_a_difference_to_the_account_is_explained_beneath_it(
    oi: Oi, home: Path, columns: dict[str, int], line: str
) -> None:
    with open_ledger(f"sqlite:///{home / 'ledger.db'}") as ledger, ledger.write() as connection:
        newest = select(func.max(ReadingRow.id)).scalar_subquery()
        connection.execute(update(ReadingRow).where(ReadingRow.id == newest).values(columns))

    lines = oi("status").out.splitlines()

    account = next(place for place, one in enumerate(lines) if one.startswith("Account from "))
    assert lines[account + 1].strip() == line


def test_nothing_loaded_is_calm(oi: Oi) -> None:
    answer = oi("status", "--check")

    assert answer.code == 0, answer.err
    assert answer.out.splitlines()[0] == "No alarms."


@pytest.mark.usefixtures("stale")
def test_alarms_come_first(oi: Oi) -> None:
    answer = oi("status")

    lines = answer.out.splitlines()
    assert answer.code == 0, answer.err
    assert lines[0].startswith("3 alarms (docs/operating.md#alarms")
    assert lines[1].startswith("  ERROR freshness: BTC kalshi 1h: rows end at ")
    assert lines[2].startswith("  ERROR unexplained: account: it used 4,000 credits")
    assert lines[3].startswith("  ERROR stored: BTC kalshi 1h: 24 points between ")
    assert "4,000 credits used, 0 of them by this ledger, 4,000 unexplained" in answer.out


@pytest.mark.usefixtures("stale")
def test_a_script_learns_of_errors_by_the_exit_code(oi: Oi) -> None:
    answer = oi("status", "--check", "--json")

    assert answer.code == 1, answer.err
    assert {alarm["name"]: alarm["severity"] for alarm in answer.json["alarms"]} == {
        "freshness": "error",
        "unexplained": "error",
        "stored": "error",
    }
    assert answer.json["reconciliation"]["unexplained"] == 4000
