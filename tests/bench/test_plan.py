from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.plan import MOST_BYTES, Planning, environment_of, faults_of, fill, plan_in_a_process
from include.planning.windows.batches import MOST_BATCHES
from include.settings import load_settings
from include.simulator.config import SimulatorConfig
from include.simulator.server import running
from tests import clock

SYMBOLS = 600


def test_a_plan_of_5000_symbols_stays_under_300_mb_and_48_tasks(tmp_path: Path) -> None:
    """Of fewer symbols: what each of them takes decides."""
    with running(SimulatorConfig(markets=SYMBOLS // 2)) as vendor:
        environment = environment_of(tmp_path, vendor.base_url, SYMBOLS // 2) | clock.environment()
        fill(load_settings(environment))
        _, planning = plan_in_a_process(environment)
    assert planning.windows > SYMBOLS
    assert planning.batches <= MOST_BATCHES <= 48
    assert planning.base_bytes + (planning.peak_bytes - planning.base_bytes) * 5000 / SYMBOLS < MOST_BYTES


def test_the_bench_finds_fault_with_time_memory_and_tasks() -> None:
    good = Planning(17_000, 40, 540_000, 3.0, 90_000_000, 150_000_000)
    bad = replace(good, seconds=5.0, peak_bytes=MOST_BYTES, batches=MOST_BATCHES + 1)
    assert (faults_of(good), len(faults_of(bad))) == ([], 3)
