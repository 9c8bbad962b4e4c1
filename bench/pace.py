"""`python -m bench.pace [--json] [--seconds N ...] [PROCESSES ...]`: how much of the plan's request rate loads use.

The simulator enforces the Business plan and takes 0.3 s for an answer; the processes share one ledger and one key.
Exit code 1 when a share is below 95 % or an answer was 429. In 20 s the plan's second decides, in 75 s its minute too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.loads import API_KEY, environment_of, must
from include.domain.clock import iso
from include.settings import ROOT
from include.simulator.config import SimulatorConfig
from include.simulator.plans import PLANS
from include.simulator.server import RunningSimulator, running

ANSWER_SECONDS = 0.3
SYMBOLS = ("BTC", "ETH", "SOL", "XRP")
DAYS = 40
CONFIG = "series: {intervals: [5m]}\napi: {row_cap: 100}\n"
"""Small pages, so that a load takes many requests."""
START_SECONDS = 60
LEAST_SHARE = 0.95


@dataclass(frozen=True)
class Pace:
    """Requests of several processes in a time range, beside those of a caller with perfect timing."""

    processes: int
    seconds: float
    requests: int
    allowed: int
    refused: int

    @property
    def share(self) -> float:
        return self.requests / self.allowed

    @property
    def fault(self) -> str | None:
        """What is wrong with it, in a sentence."""
        if self.refused:
            return f"{self.processes} process(es) drew {self.refused} answers 429 in {self.seconds:g} s; expected none"
        if self.share < LEAST_SHARE:
            used = (
                f"{self.processes} process(es) used {self.share:.1%} of the plan's request rate in {self.seconds:g} s"
            )
            return f"{used}; expected {LEAST_SHARE:.0%} or more (a machine that is busy with other things is slower)"
        return None


def main() -> None:
    """Measures each number of processes in order, and prints a line or one JSON object for each."""
    parser = argparse.ArgumentParser(prog="python -m bench.pace", description=__doc__)
    parser.add_argument("processes", type=int, nargs="*", default=[1, 4], help="loads at the same time, one run each")
    seconds_help = "how long to measure, from the first request on; stretches of one run"
    parser.add_argument("--seconds", type=float, nargs="+", default=[20, 75], help=seconds_help)
    parser.add_argument("--json", action="store_true", help="one JSON object per run on stdout")
    options = parser.parse_args()
    faults = []
    for processes in options.processes:
        for pace in run(processes, sorted(options.seconds)):
            print(json.dumps(asdict(pace) | {"share": pace.share}) if options.json else page(pace), flush=True)
            faults += [pace.fault] if pace.fault else []
    must(not faults, "; ".join(faults))


def run(processes: int, stretches: Sequence[float]) -> list[Pace]:
    """Starts the loads, interrupts them after the last of `stretches`, in seconds, and counts in each."""
    home = Path(tempfile.mkdtemp(prefix="oi-pace-"))
    config = SimulatorConfig(faults={"slow": 1.0}, slow_seconds=ANSWER_SECONDS)
    try:
        with running(config) as vendor:
            shares = [SYMBOLS[number::processes] for number in range(processes)]
            loads = [_load(vendor, home, symbols) for symbols in shares]
            try:
                began = _when_all_read(vendor, loads, shares)
                time.sleep(stretches[-1])
                must(all(load.poll() is None for load in loads), "a load ended before it was measured")
            finally:
                for load in loads:
                    load.send_signal(signal.SIGINT)
                for load in loads:
                    load.wait()
            asked = [(one.at - began).total_seconds() for one in vendor.questions]
            earlier, refused = [at for at in asked if at < 0], vendor.account(API_KEY).refused
            counts = [(seconds, sum(0 <= at < seconds for at in asked)) for seconds in stretches]
            return [Pace(processes, seconds, count, allowed_in(seconds, earlier), refused) for seconds, count in counts]
    finally:
        shutil.rmtree(home, ignore_errors=True)


def allowed_in(seconds: float, earlier: Sequence[float] = ()) -> int:
    """How many requests the plan admits in this many seconds, after `earlier` ones at negative seconds."""
    times = sorted(earlier)
    windows = [(rate.requests, rate.seconds) for rate in PLANS["business"].rates]
    while True:
        following = max(times[-most] + window if len(times) >= most else 0.0 for most, window in windows)
        if following >= seconds:
            return len(times) - len(earlier)
        times.append(max(0.0, following))


def _load(vendor: RunningSimulator, home: Path, symbols: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = environment_of(home, vendor.base_url, CONFIG)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    named = [word for symbol in symbols for word in ("--symbol", symbol)]
    command = [str(ROOT / "oi"), "load", *named, "--from", iso(today - timedelta(days=DAYS)), "--to", iso(today)]
    return subprocess.Popen([*command, "--json"], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own


def _when_all_read(
    vendor: RunningSimulator, loads: Sequence[subprocess.Popen[bytes]], shares: Sequence[Sequence[str]]
) -> datetime:
    """The moment of the first request of the last process to begin."""
    until = time.monotonic() + START_SECONDS
    while True:
        firsts = {asked.query.symbol: asked.at for asked in reversed(vendor.questions) if asked.query}
        if all(any(symbol in firsts for symbol in share) for share in shares):
            return max(min(firsts[symbol] for symbol in share if symbol in firsts) for share in shares)
        must(time.monotonic() < until, f"not every load sent a request within {START_SECONDS} s")
        must(all(load.poll() is None for load in loads), "a load ended before it sent a request")
        time.sleep(0.05)


def page(pace: Pace) -> str:
    """A result as a person reads it."""
    return (
        f"{pace.processes} process(es), {pace.seconds:g} s: {pace.requests:,} requests of the {pace.allowed:,} that the"
        f" plan allows ({pace.share:.1%}), {pace.refused} answered 429"
    )


if __name__ == "__main__":
    main()
