"""Airflow's own backfill of the hourly DAG against a real HTTP server, a real ledger and real chDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.settings import ROOT, load_settings
from include.simulator.server import SimulatorConfig, running
from include.warehouse import open_warehouse

pytestmark = pytest.mark.slow

KEY = "kwery_test_business_backfill"
POINTS = {"5m": 12, "15m": 4, "1h": 1}
"""Of one series in the hour."""


def test_it_loads_its_hour_once_whatever_is_reprocessed_and_re_reads_it_once_when_asked(tmp_path: Path) -> None:
    config = tmp_path / "pipeline.yaml"
    config.write_text("series: {symbols: [BTC]}\n")
    with running(SimulatorConfig(now=datetime(2026, 3, 9, 6, tzinfo=UTC))) as vendor:
        specs = [["none", {}], ["completed", {}], ["completed", {"reread": True}], ["completed", {"reread": True}]]
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("native_backfill.py")), json.dumps(specs)],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path / "nobody"),
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
                "OI_HOME": str(tmp_path / "oi"),
                "OI_CONFIG": str(config),
                "KWERY_BASE_URL": vendor.base_url,
                "KWERY_API_KEY": KEY,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        asked = Counter(one.fingerprint for one in vendor.questions)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [["success"]] * len(specs)
    assert len(asked) == len(POINTS)
    assert set(asked.values()) == {2}, "once by the first backfill, once by the re-read"
    with open_warehouse(load_settings({"OI_HOME": str(tmp_path / "oi")})) as warehouse:
        _, rows = warehouse.query_rows("SELECT interval, count() FROM market.open_interest GROUP BY interval")
    assert dict(rows) == {interval: 3 * points for interval, points in POINTS.items()}
