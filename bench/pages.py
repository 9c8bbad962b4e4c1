"""`python -m bench.pages [SYMBOLS]`: how long the Operations page takes with thousands of symbols.

A ledger with a month of coverage of each, as in `bench.plan`; the pages' web application reads it without Airflow's
login. Six parts are loaded at once, as a browser does. Exit code 1 when the page or its alarms exceed their bound.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.plan import environment_of, fill
from bench.process import measure
from include.settings import load_settings

PARTS = ("budget", "alarms", "coverage", "series", "gaps", "runs", "windows", "quarantine")
AT_ONCE = 6
MOST_SECONDS = {"page": 3.0, "alarms": 5.0}
"""Bounds on two cores that are otherwise idle."""


def main(symbols: int) -> None:
    """Fills a ledger, loads the page in a process of its own, and prints when each part arrived."""
    from include.simulator.config import SimulatorConfig
    from include.simulator.server import running

    with tempfile.TemporaryDirectory() as folder, running(SimulatorConfig(markets=symbols // 2)) as vendor:
        environment = environment_of(Path(folder), vendor.base_url, symbols - symbols // 2)
        series = fill(load_settings(environment))
        cpu_seconds, seconds = load_in_a_process(environment)
    parts = ", ".join(f"{part} {took:.2f}" for part, took in sorted(seconds.items(), key=lambda one: one[1]))
    print(f"{symbols:,} symbols, {series:,} series: {cpu_seconds:.1f} s CPU; seconds until each part arrived: {parts}")
    if faults := faults_of(seconds):
        sys.exit(f"bench: {'; '.join(faults)}")


def load_in_a_process(environment: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Loads the page once in a process of its own; returns its CPU time, and the seconds until each part arrived."""
    took = measure([sys.executable, "-m", "bench.pages", "--once"], environment)
    if took.exit_code:
        sys.exit(f"bench: loading the page ended with {took.exit_code}")
    cpu_seconds, seconds = json.loads(took.stdout.splitlines()[-1])
    return cpu_seconds, seconds


def faults_of(seconds: dict[str, float]) -> list[str]:
    """What took too long, one sentence each."""
    page = max(took for part, took in seconds.items() if part != "alarms")
    found = {"page": page, "alarms": seconds["alarms"]}
    return [
        f"{name}: {took:.1f} s; expected at most {MOST_SECONDS[name]:g} s on two idle cores"
        for name, took in found.items()
        if took > MOST_SECONDS[name]
    ]


def once() -> None:
    """One load of the page, after its frame."""
    from oi_airflow import environment

    environment.enter(load_settings())
    # Airflow reads its environment when it is first imported: not before this line.
    from fastapi.testclient import TestClient

    from oi_airflow.pages.access import may_read
    from oi_airflow.pages.app import app
    from oi_airflow.pages.lazy_app import LazyApp

    app.dependency_overrides[may_read] = lambda: None
    with TestClient(LazyApp()) as client, ThreadPoolExecutor(AT_ONCE) as browser:
        client.get("/").raise_for_status()
        began, cpu_began = time.perf_counter(), time.process_time()

        def load(part: str) -> float:
            client.get(f"/part/{part}").raise_for_status()
            return time.perf_counter() - began

        seconds = dict(zip(PARTS, browser.map(load, PARTS), strict=True))
        print(json.dumps([time.process_time() - cpu_began, seconds]))


if __name__ == "__main__":
    once() if sys.argv[1:] == ["--once"] else main(int(sys.argv[1]) if sys.argv[1:] else 5000)
