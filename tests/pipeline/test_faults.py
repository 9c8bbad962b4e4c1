"""Whatever the simulator does wrong: nothing is claimed that did not arrive, and a later load heals or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from include.domain.clock import parse_instant
from include.domain.market import Interval
from include.ledger.database.engine import open_ledger
from include.settings import Settings
from include.simulator.faults import FAULTS
from include.simulator.server import RunningSimulator, SimulatorConfig, running
from include.warehouse.connect import open_warehouse
from tests.behaviours.conftest import claims
from tests.pipeline.conftest import NOW, run_steps, scope

PATIENT = {"row_cap": 10, "concurrency": 1, "attempts": 2}
IMPATIENT = {**PATIENT, "read_timeout_seconds": 0.3}
pytestmark = pytest.mark.slow
HOLD_SECONDS = 0.6
HELD = {"timeout"}
"""Only these answers are awaited with the short time-out: a busy machine may take longer for any other."""
A_DAY_LATER = NOW + timedelta(days=1, hours=1)
HOURS = set(range(24))
NEVER_HEALED = {"conflicting_rows", "malformed_rows"}
"""What arrived was paid for and is kept in quarantine: it is bought again when a person asks for it."""


@pytest.fixture
def faulty() -> Iterator[RunningSimulator]:
    """One for each case: what a fault does depends on the number of requests before, which retries make uncertain."""
    with running(SimulatorConfig(now=NOW, enforce_rates=False, hold_seconds=HOLD_SECONDS, slow_seconds=0.1)) as vendor:
        yield vendor


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_makes_a_claim_untrue(
    fault: str, faulty: RunningSimulator, settings_for: Callable[..., Settings]
) -> None:
    """The next day heals it, or says what remains."""
    settings = settings_for(faulty.base_url, key=f"kwery_test_business_{fault}")
    impatient, settings = (
        settings.model_copy(update={"api": settings.api.model_copy(update=api)})
        for api in (IMPATIENT if fault in HELD else PATIENT, PATIENT)
    )
    wanted = scope(settings, Interval.H1, sources=("binance_futures",))
    faulty.pin(NOW)
    faulty.turn_on({fault: 1.0})
    try:
        struck = run_steps(impatient, wanted)
    finally:
        faulty.turn_on({})
    check(settings)
    assert struck.complete or struck.left

    faulty.pin(A_DAY_LATER)
    healed = run_steps(settings, wanted)
    stored, rejected = check(settings)
    assert healed.complete, healed.left
    assert stored | rejected == HOURS
    assert bool(rejected) == (fault in NEVER_HEALED)


def check(settings: Settings) -> tuple[set[int], set[int]]:
    """Rules 3 and 4 hold; returns the hours stored and those of which a row is in quarantine."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        [arrived] = connection.execute(text("SELECT coalesce(sum(rows), 0) FROM pages"))
        [validated] = connection.execute(
            text(
                "SELECT coalesce(sum(received), 0), coalesce(sum(accepted + quarantined + duplicates + outside), 0)"
                " FROM findings"
            )
        )
    assert set(validated) == set(arrived), "each row that arrived is accounted for"
    with open_warehouse(settings) as warehouse:
        stored = {_hour(at) for (at,) in warehouse.query_rows("SELECT timestamp FROM market.open_interest")[1]}
        spellings = [one for (one,) in warehouse.query_rows("SELECT timestamp_text FROM market.quarantine")[1]]
    rejected = set()
    for spelling in spellings:
        with suppress(ValueError):  # an unreadable time claims nothing
            rejected.add(_hour(parse_instant(spelling)))
    claimed = {name: _claimed(settings, name) for name in ("rows", "empty")}
    assert claimed["rows"] <= stored | rejected
    assert claimed["empty"].isdisjoint(stored | rejected)
    return stored, rejected - stored


def _claimed(settings: Settings, name: str) -> set[int]:
    """Hours that are claimed; emptiness that counts as no read is a doubt."""
    sure = [
        (first, last) for first, last, found, reads in claims(settings) if found == name and (reads or name == "rows")
    ]
    return {hour for first, last in sure for hour in range(first, last)}


def _hour(at: datetime) -> int:
    return at.hour
