"""`python -m bench [--json] [ROWS ...]`: measures `./oi load` at these numbers of rows."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.dataset import START, SYMBOLS, Dataset
from bench.process import Measured, measure
from include.configuration.variables import ENVIRONMENT
from include.domain.clock import iso
from include.domain.market import SOURCES, Interval
from include.settings import ROOT

VERIFY_SQL = Path(__file__).with_name("sql") / "verify.sql"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Result:
    """One benchmark: what a load of `rows` rows took, start-up included."""

    rows: int
    requests: int
    rows_per_second: int
    wall_seconds: float
    cpu_seconds: float
    server_cpu_seconds: float
    peak_tree_mib: int
    peak_process_mib: int
    stages_cpu_us_per_row: dict[str, float]


def main() -> None:
    """Runs every size that was asked for, in order, and prints a table or one JSON object a line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[100_000, 1_000_000], help="rows to load, one run each")
    parser.add_argument("--json", action="store_true", help="one JSON object a run on stdout")
    options = parser.parse_args()
    for rows in options.rows:
        result = run(rows)
        print(json.dumps(asdict(result)) if options.json else page(result), flush=True)


def run(rows: int) -> Result:
    """Loads at least `rows` rows and verifies that the warehouse holds exactly them; exits with a sentence if not."""
    dataset = Dataset.of_at_least(rows)
    places = ROOT / ".oi" / "bench"
    places.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{rows}-", dir=places))
    try:
        with _server(rows) as server:
            environment = _environment(home, server.port)
            took = measure(_load_command(dataset), environment)
        _must(took.exit_code == 0, f"./oi load ended with {took.exit_code} instead of 0: {took.stdout[:2000]}")
        _verify(dataset, environment)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return _result(dataset, took, json.loads(took.stdout), server.cpu_seconds)


@dataclass
class Server:
    """The zero-latency server while it runs, and its CPU time once it has ended."""

    port: int
    cpu_seconds: float = 0.0


@contextlib.contextmanager
def _server(rows: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "bench.server", str(rows)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        server = Server(port=int(process.stdout.readline()))
        try:
            yield server
        finally:
            answered, _ = process.communicate()
            server.cpu_seconds = float(answered)


def _environment(home: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        **dict.fromkeys((*ENVIRONMENT, "OI_CONFIG"), ""),  # set to nothing, so that .env says nothing either
        "OI_HOME": str(home),
        "KWERY_BASE_URL": f"http://127.0.0.1:{port}",
        "KWERY_API_KEY": "kwery_test_business_bench",
    }


def _load_command(dataset: Dataset) -> list[str]:
    named = [("--symbol", SYMBOLS), ("--source", SOURCES), ("--interval", tuple(Interval))]
    repeated = [word for option, values in named for value in values for word in (option, str(value))]
    return [str(ROOT / "oi"), "load", *repeated, "--from", iso(START), "--to", iso(dataset.end), "--json"]


def _verify(dataset: Dataset, environment: dict[str, str]) -> None:
    command = [str(ROOT / "oi"), "sql", VERIFY_SQL.read_text(), "--json"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603 - our own command
    _must(answer.returncode == 0, f"the warehouse could not be read back: {answer.stderr[-2000:]}")
    found = {name: int(value) for name, value in json.loads(answer.stdout).items()}
    expected = {"rows": dataset.rows, "keys": dataset.rows, "hundredths": dataset.hundredths()}
    _must(found == expected, f"the warehouse holds {found}, expected {expected}")


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        sys.exit(f"bench: {sentence}")


def _result(dataset: Dataset, took: Measured, report: dict[str, Any], server_cpu_seconds: float) -> Result:
    return Result(
        rows=dataset.rows,
        requests=report["requests"],
        rows_per_second=round(dataset.rows / took.wall_seconds),
        wall_seconds=round(took.wall_seconds, 2),
        cpu_seconds=round(took.cpu_seconds, 2),
        server_cpu_seconds=round(server_cpu_seconds, 2),
        peak_tree_mib=took.peak_tree_bytes // MIB,
        peak_process_mib=took.peak_process_bytes // MIB,
        stages_cpu_us_per_row={
            stage: round(seconds * 1e6 / dataset.rows, 2) for stage, seconds in report["stages"].items()
        },
    )


def page(result: Result) -> str:
    """A result as a person reads it."""
    stages = "".join(f"\n  {stage:<16} {us:>8.2f} us a row" for stage, us in result.stages_cpu_us_per_row.items())
    return (
        f"{result.rows:,} rows in {result.requests:,} requests: {result.wall_seconds:.2f} s wall"
        f" ({result.rows_per_second:,} rows a second), {result.cpu_seconds:.2f} s CPU\n"
        f"  memory at its peak {result.peak_process_mib:,} MiB in the largest process,"
        f" {result.peak_tree_mib:,} MiB in all; the server spent {result.server_cpu_seconds:.2f} s CPU\n"
        f"  CPU by stage:{stages}\n"
    )


if __name__ == "__main__":
    main()
