"""Several processes with one key and one ledger, at a vendor that keeps its plan's rate."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from include import pipeline
from include.kwery.contract import Interval
from include.ledger import charges
from include.ledger.engine import open_ledger
from include.ledger.models import Charge
from include.ledger.runs import spending_of
from include.settings import Settings
from include.simulator.plans import PLANS, Rate
from include.simulator.rates import SlidingWindows
from include.simulator.server import SimulatorConfig, running
from tests.pipeline.conftest import KEY, NOW, scope

READER = """
import sys
from include import pipeline
from include.clock import parse_instant
from include.kwery.contract import Interval
from include.settings import load_settings
settings, symbol = load_settings(), sys.argv[1]
run = pipeline.RunSpec(symbol, "backfill")
start, end = parse_instant("2026-03-07"), parse_instant("2026-03-08")
wanted = pipeline.scope_of(settings, start=start, end=end, symbols=[symbol], intervals=[Interval.M5])
stopped = pipeline.extract(settings, run, pipeline.plan(settings, run, wanted).window_ids).stopped
sys.exit(str(stopped) if stopped else 0)
"""


def short_seconds() -> float:
    """A clock that is fast: what keeps the rate by this one keeps it on the slowest test machine."""
    return time.monotonic() * 2


@pytest.mark.slow
def test_the_rate_is_kept_by_processes_at_once_and_every_departure_is_booked_within_it(
    settings_for: Callable[..., Settings],
) -> None:
    with running(SimulatorConfig(now=NOW)) as vendor:
        account = vendor.account(KEY)
        account.windows = SlidingWindows(PLANS["business"].rates, short_seconds)
        settings = settings_for(vendor.base_url)
        environment = {
            **os.environ,
            "OI_HOME": str(settings.home),
            "OI_CONFIG": str(settings.home.parent / "pipeline.yaml"),
            "KWERY_API_KEY": KEY,
            "KWERY_BASE_URL": vendor.base_url,
        }
        (settings.home.parent / "pipeline.yaml").write_text("api: {row_cap: 30}\nplan: {window_pages: 2}\n")
        readers = [
            subprocess.Popen([sys.executable, "-c", READER, symbol], env=environment, stderr=subprocess.PIPE, text=True)
            for symbol in ("BTC", "ETH", "SOL")
        ]
        assert [(reader.communicate()[1], reader.returncode) for reader in readers] == [("", 0)] * 3
        assert (account.refused, len(vendor.questions) > 60) == (0, True)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        departures = list(connection.execute(select(Charge.requested_at).order_by(Charge.requested_at)).scalars())
    assert len(departures) == account.requests
    assert all((departures[n] - departures[n - 20]).total_seconds() > 1 for n in range(20, len(departures)))


def test_a_request_that_waits_for_its_moment_when_the_run_ends_is_not_sent_and_costs_nothing(
    settings_for: Callable[..., Settings],
) -> None:
    def interrupt(_: pipeline.Progress) -> None:
        raise KeyboardInterrupt

    with running(SimulatorConfig(now=NOW)) as vendor:
        vendor.account(KEY).plan = replace(PLANS["business"], rates=(Rate(2, 1),))
        settings = settings_for(vendor.base_url)
        run = pipeline.RunSpec("interrupted", "backfill")
        planned = pipeline.plan(settings, run, scope(settings, Interval.H1, symbols=("BTC", "ETH", "SOL")))
        with pytest.raises(KeyboardInterrupt):
            pipeline.extract(settings, run, planned.window_ids, interrupt)
        asked = len(vendor.questions)
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert spending_of(connection, "interrupted")[2] == 0, "no reservation stays open"
        assert len(charges.reserved(connection)) == 0
    assert asked < 3
