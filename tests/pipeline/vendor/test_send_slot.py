"""Several processes with one key and one ledger, at a vendor that keeps its plan's rate."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from include.domain.market import Interval
from include.ledger.credits import charges
from include.ledger.credits.open_charges import open_charges
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.spending import ChargeRow
from include.ledger.work.runs import spending_of
from include.pipeline.progress import Progress
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from include.simulator.accounts import Account
from include.simulator.plans import PLANS, Rate
from include.simulator.rates import SlidingWindows
from include.simulator.server import SimulatorConfig, running
from tests import clock
from tests.forked import Forked
from tests.pipeline.conftest import KEY, NOW, scope

READER = """
import sys
from include.pipeline.scope.scope import RunSpec, scope_of
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.plan.plan import plan
from include.domain.clock import parse_instant
from include.domain.market import Interval
from include.settings import load_settings
settings, symbol = load_settings(), sys.argv[1]
run = RunSpec(symbol, "backfill")
start, end = parse_instant("2026-03-07"), parse_instant("2026-03-08")
wanted = scope_of(settings, start=start, end=end, symbols=[symbol], intervals=[Interval.M5])
window_ids = plan(settings, run, wanted).window_ids
print("planned", flush=True)
sys.stdin.readline()
stopped = extract(settings, run, window_ids).stopped
sys.exit(str(stopped) if stopped else 0)
"""
SYMBOLS = ("BTC", "ETH", "SOL", "XRP")
EARLIER = 540
"""Requests of the minute before: this many of the plan's 600 are used when the readers begin."""
EARLIER_SECONDS = 55
HASTY_SECOND = Rate(20, 0.5)  # type: ignore[arg-type] # half a second
"""The minute is counted as it is; in a second a busy machine delays answers by more than the margin of 0.04 s."""
CLOCK_RESOLUTION = timedelta(milliseconds=5)


@pytest.mark.slow
def test_four_processes_keep_the_rate_and_their_send_slots(
    settings_for: Callable[..., Settings], capfd: pytest.CaptureFixture[str]
) -> None:
    """The rates a second and a minute hold together, and no request leaves before its slot."""
    with running(SimulatorConfig(now=NOW)) as vendor:
        account = vendor.account(KEY)
        settings = settings_for(vendor.base_url)
        environment = {
            **os.environ,
            "OI_HOME": str(settings.home),
            "OI_CONFIG": str(settings.home.parent / "pipeline.yaml"),
            "KWERY_API_KEY": KEY,
            "KWERY_BASE_URL": vendor.base_url,
        }
        (settings.home.parent / "pipeline.yaml").write_text("api: {row_cap: 40}\nplan: {window_pages: 2}\n")
        readers = [Forked("-c", [READER, symbol], environment, pipes=True) for symbol in SYMBOLS]
        assert [reader.stdout and reader.stdout.readline() for reader in readers] == ["planned\n"] * 4
        began, arrivals = _ask_earlier(settings, account)
        for reader in readers:
            assert reader.stdin
            print(file=reader.stdin, flush=True)
        assert [(reader.communicate()[0], reader.returncode) for reader in readers] == [("", 0)] * 4
        assert capfd.readouterr().err == ""
        assert (account.refused, len(vendor.questions) > 80) == (0, True)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        sent, pages = _sent(connection), _pages(connection)
    # On a busy machine some cannot connect: they left, and left again.
    assert len(sent) >= account.requests + EARLIER == len(arrivals)
    assert pages == len(vendor.questions)
    assert all(came >= left - CLOCK_RESOLUTION for left, came in zip(sent, sorted(arrivals), strict=False))
    second, minute = timedelta(seconds=1), timedelta(seconds=60)
    assert all(later - earlier > minute for earlier, later in zip(sent, sent[600:], strict=False))
    own = [at for at in sent if at >= began]
    assert all(later - earlier > second for earlier, later in zip(own, own[20:], strict=False))


def _ask_earlier(settings: Settings, account: Account) -> tuple[datetime, list[datetime]]:
    """Counts the earlier requests on both sides; returns now, and where each arrival is going to be noted."""
    now = clock.now()
    earlier = now - timedelta(seconds=EARLIER_SECONDS)
    with open_ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for _ in range(EARLIER):
            charges.note_free(connection, ledger.process_id, "earlier", earlier, earlier)
        arrivals = _sent(connection)
    asked = iter(arrivals[:])

    def arrival() -> float:
        at = next(asked, None)
        if at is None:
            arrivals.append(at := clock.now())
        return at.timestamp()

    account.windows = SlidingWindows((HASTY_SECOND, *PLANS["business"].rates[1:]), arrival)
    for _ in arrivals[:]:
        account.windows.admit(enforce=False)
    return now, arrivals


def _sent(connection: Connection) -> list[datetime]:
    return list(connection.execute(select(ChargeRow.requested_at).order_by(ChargeRow.requested_at)).scalars())


def _pages(connection: Connection) -> int:
    return len(connection.execute(select(ChargeRow.id).where(ChargeRow.outcome == "page")).all())


def test_a_request_waiting_for_its_slot_when_the_run_ends_is_not_sent(
    settings_for: Callable[..., Settings],
) -> None:
    """It costs nothing."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with running(SimulatorConfig(now=NOW)) as vendor:
        vendor.account(KEY).plan = replace(PLANS["business"], rates=(Rate(2, 1),))
        settings = settings_for(vendor.base_url)
        run = RunSpec("interrupted", "backfill")
        planned = plan(settings, run, scope(settings, Interval.H1, symbols=("BTC", "ETH", "SOL")))
        with pytest.raises(KeyboardInterrupt):
            extract(settings, run, planned.window_ids, interrupt)
        asked = len(vendor.questions)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert spending_of(connection, "interrupted")[2] == 0, "no reservation stays open"
        assert len(open_charges(connection)) == 0
    assert asked < 3
