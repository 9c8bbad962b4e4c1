"""`python -m bench.plan [SYMBOLS]`: plans an hour of thousands of symbols whose earlier hours are covered.

Half of them are markets that a pattern finds in the vendor's list, half are plain names on all sources.
Exit code 1 when that takes 5 s or 300 MB, or more tasks than a grid can show.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bench.loads import API_KEY
from bench.process import Measured, measure
from include.domain.clock import DAY, HOUR, utc_now
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.planning.windows.batches import MOST_BATCHES
from include.planning.windows.coverage import Covered, overlay
from include.settings import Settings, load_settings
from include.settings.schedule import HOURLY_INTERVALS

MIB = 1024 * 1024
MOST_SECONDS, MOST_BYTES = 5, 300_000_000


@dataclass(frozen=True)
class Planning:
    """One plan: its windows, its seconds after the imports, and the process's memory before it and at its peak."""

    windows: int
    batches: int
    message_bytes: int
    seconds: float
    base_bytes: int
    peak_bytes: int


def main(symbols: int) -> None:
    """Fills a ledger, plans in a process of its own, and prints what that took."""
    from include.simulator.config import SimulatorConfig
    from include.simulator.server import running

    with tempfile.TemporaryDirectory() as folder, running(SimulatorConfig(markets=symbols // 2)) as vendor:
        environment = environment_of(Path(folder), vendor.base_url, symbols - symbols // 2)
        series = fill(load_settings(environment))
        took, planning = plan_in_a_process(environment)
    print(
        f"{symbols:,} symbols, {series:,} series: {took.wall_seconds:.2f} s wall, {took.cpu_seconds:.2f} s CPU, "
        f"{planning.peak_bytes // MIB:,} MiB at the peak\n"
        f"  {planning.windows:,} windows in {planning.batches:,} batches ({planning.message_bytes:,} bytes), "
        f"planned in {planning.seconds:.2f} s"
    )
    if faults := faults_of(planning):
        sys.exit(f"bench: {'; '.join(faults)}")


def plan_in_a_process(environment: dict[str, str]) -> tuple[Measured, Planning]:
    """Plans once in a process of its own."""
    took = measure([sys.executable, "-m", "bench.plan", "--once"], environment)
    if took.exit_code:
        sys.exit(f"bench: planning ended with {took.exit_code}")
    return took, Planning(**json.loads(took.stdout))


def faults_of(planning: Planning) -> list[str]:
    """What is wrong with it, one sentence each."""
    faults = []
    if planning.seconds >= MOST_SECONDS:
        faults.append(
            f"planning took {planning.seconds:.2f} s; expected less than {MOST_SECONDS} s (on an idle machine)"
        )
    if planning.peak_bytes >= MOST_BYTES:
        faults.append(f"planning took {planning.peak_bytes:,} bytes; expected less than {MOST_BYTES:,}")
    if planning.batches > MOST_BATCHES:
        faults.append(f"the plan makes {planning.batches} tasks; expected {MOST_BATCHES} at most")
    return faults


def environment_of(home: Path, base_url: str, names: int) -> dict[str, str]:
    """Settings of that many plain names beside the markets that the vendor lists."""
    plain = [f"NAME{number:05d}" for number in range(names)]
    config = home / "pipeline.yaml"
    config.write_text(json.dumps({"series": {"symbols": ["KX*", *plain]}}))
    return {
        "OI_HOME": str(home),
        "OI_CONFIG": str(config),
        "KWERY_BASE_URL": base_url,
        "KWERY_API_KEY": API_KEY,
        "PYTHONPATH": ":".join(path for path in sys.path if path),
    }


def fill(settings: Settings) -> int:
    """Covers everything wanted up to the hour before this one; returns how many series that is."""
    from include.ledger.database.engine import open_ledger
    from include.ledger.work.coverage import replace_coverage
    from include.pipeline.scope.policies import freshness_of
    from include.pipeline.scope.resolve_symbols import known_universe, wanted_series
    from include.pipeline.vendor.client import client_of
    from include.pipeline.vendor.symbol_list import discover

    until = Interval.H1.floor(utc_now()) - HOUR
    freshness = freshness_of(settings)
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        discover(settings, settings.series.all_groups, ledger, client, utc_now())
        with ledger.write() as connection:
            wanted = wanted_series(known_universe(connection, settings))
            for number, series in enumerate(wanted):
                known = overlay((), _read(series, until, number), series.interval, freshness)
                replace_coverage(connection, {series: known})
    return len(wanted)


def _read(series: Series, until: datetime, number: int) -> Iterator[Covered]:
    """What runs left behind: a month of rows, in every third series a silence in it, and the newest hour."""
    edges = [until - 30 * DAY, until - 2 * DAY, until - 2 * DAY + 6 * HOUR, until - HOUR, until]
    for (start, end), found in zip(pairwise(edges), ("rows", "empty", "rows", "rows"), strict=True):
        observed_at = end + timedelta(minutes=5, seconds=number % 600)
        what = found if number % 3 == 0 else "rows"
        yield Covered(TimeRange(start, end), observed_at, what, 1 if what == "empty" else 0)  # type: ignore[arg-type] # one of two words


def once() -> None:
    """One plan of the hourly lane, as its task makes it."""
    from include.ledger.database.engine import open_ledger
    from include.pipeline.scope.scope import RunSpec, scope_of
    from include.pipeline.steps.plan.plan import plan
    from include.pipeline.vendor.client import client_of

    settings, end = load_settings(), Interval.H1.floor(utc_now())
    lookback = timedelta(days=settings.plan.lookback_days)
    with open_ledger(settings.ledger_url), client_of(settings):
        base_bytes = _peak_bytes()  # the libraries, whose cost does not depend on the number of symbols
    began = time.perf_counter()
    scope = scope_of(settings, start=end - lookback, end=end, lane_intervals=HOURLY_INTERVALS, heal_before=end - HOUR)
    planned = plan(settings, RunSpec("bench", "hourly", one_process=False), scope)
    seconds = time.perf_counter() - began
    batches = [batch.to_dict() for batch in planned.batches()]
    message_bytes = len(json.dumps(batches))
    memory = base_bytes, _peak_bytes()
    print(json.dumps(asdict(Planning(len(planned.window_ids), len(batches), message_bytes, seconds, *memory))))


def _peak_bytes() -> int:
    """The peak of this process alone: getrusage starts from the peak of the process that started it."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


if __name__ == "__main__":
    once() if sys.argv[1:] == ["--once"] else main(int(sys.argv[1]) if sys.argv[1:] else 5000)
