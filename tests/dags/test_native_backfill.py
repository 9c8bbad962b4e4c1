"""Airflow's own backfills of both scheduled DAGs against a real HTTP server, a real ledger and real chDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.settings import ROOT, load_settings
from include.simulator.server import SimulatorConfig, running
from include.warehouse import open_warehouse
from tests import clock
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.soak]  # half a minute of CPU: more than any other file of its kind

KEY = "kwery_test_business_backfill"
NOW = datetime(2026, 3, 9, 6, tzinfo=UTC)
"""By both clocks."""
SETTINGS = """
series: {symbols: [BTC]}
plan: {lookback_days: 0}
alarms: {fresh_within: {5m: 10000, 15m: 10000, 1h: 10000}}
"""
"""A scheduled run reads its own hour, however long ago it was."""
LESS_THAN_A_MONTH = 100_000
"""Credits that the account has: `check_account` turns a scheduled daily run red."""
FIRST_HOUR, BOTH_HOURS = ("2026-03-07T00:00", "2026-03-07T00:30"), ("2026-03-07T00:00", "2026-03-07T01:30")
DAY = ("2026-03-06T00:00", "2026-03-06T12:00")
"""Airflow makes a run for each logical date in between: 00:05 and 01:05, and 00:20."""
REREAD = ("--dag-run-conf", '{"reread": true}')
OF_AN_HOUR = {"5m": 12, "15m": 4, "1h": 1}
OF_A_DAY = {"5m": 288, "15m": 96, "1h": 24, "4h": 6, "1d": 1}
"""Points of one series."""


def backfill(dag: str, dates: tuple[str, str], behaviour: str, *more: str) -> list[str]:
    start, end = dates
    named = ("--dag-id", f"open_interest_{dag}", "--reprocess-behavior", behaviour)
    return [*named, "--from-date", f"{start}+00:00", "--to-date", f"{end}+00:00", *more]


STEPS = {
    "by the schedule": ["scheduled", "open_interest_hourly", "2026-03-07T01:05:00+00:00"],
    "what is not there": backfill("hourly", BOTH_HOURS, "none"),
    "all of it again": backfill("hourly", BOTH_HOURS, "completed"),
    "re-read": backfill("hourly", FIRST_HOUR, "completed", *REREAD),
    "re-read once more": backfill("hourly", FIRST_HOUR, "completed", *REREAD),
    "a day": backfill("daily", DAY, "none"),
    "the day again": backfill("daily", DAY, "completed"),
}


@dataclass(frozen=True)
class Ended:
    """For each step the runs with their states; how often each question was asked; rows by day and interval."""

    runs: dict[str, dict[str, str]]
    asked: Counter[str | None]
    rows: dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("native")
    config = folder / "pipeline.yaml"
    config.write_text(SETTINGS)
    vendor_config = SimulatorConfig(now=NOW, allowance_credits=LESS_THAN_A_MONTH)
    with running(vendor_config) as vendor:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("native_backfill.py")), json.dumps(list(STEPS.values()))],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder / "nobody"),
                "PYTHONPATH": clock.PYTHON_PATH,
                **clock.at(NOW),
                "OI_HOME": str(folder / "oi"),
                "OI_CONFIG": str(config),
                "KWERY_BASE_URL": vendor.base_url,
                "KWERY_API_KEY": KEY,
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        asked = Counter(one.fingerprint for one in vendor.questions)
    assert done.returncode == 0, done.stderr
    counts = "SELECT toString(toDate(timestamp)), interval, count() FROM market.open_interest GROUP BY ALL"
    with open_warehouse(load_settings({"OI_HOME": str(folder / "oi")})) as warehouse:
        _, rows = warehouse.query_rows(counts)
    runs = dict(zip(STEPS, json.loads(done.stdout.splitlines()[-1]), strict=True))
    return Ended(runs, asked, {(day, interval): count for day, interval, count in rows})


def test_each_backfill_makes_its_runs_and_all_end_well(ended: Ended) -> None:
    scheduled, backfilled = "scheduled__2026-03-07T01:05:00+00:00", "backfill__2026-03-07T02:05:00+00:00"
    day = "backfill__2026-03-07T00:20:00+00:00"

    assert {step: list(runs) for step, runs in ended.runs.items()} == {
        "by the schedule": [scheduled],
        "what is not there": [backfilled],
        "all of it again": [scheduled, backfilled],
        "re-read": [scheduled],
        "re-read once more": [scheduled],
        "a day": [day],
        "the day again": [day],
    }
    assert {state for runs in ended.runs.values() for state in runs.values()} == {"success"}


def test_what_is_covered_is_not_bought_again_and_a_re_read_is_bought_once(ended: Ended) -> None:
    hour, day = len(OF_AN_HOUR), len(OF_A_DAY)

    assert sorted(ended.asked.values()) == [1] * (hour + day) + [2] * hour, "the first hour once more, on purpose"


def test_the_hours_and_the_day_are_stored_whole(ended: Ended) -> None:
    hours = {("2026-03-07", interval): 3 * 2 * points for interval, points in OF_AN_HOUR.items()}
    day = {("2026-03-06", interval): 3 * points for interval, points in OF_A_DAY.items()}

    assert ended.rows == hours | day
