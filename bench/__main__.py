"""`python -m bench [--json] [ROWS ...]`: measures `./oi load` at these numbers of rows."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from typing import Any

from bench.dataset import Dataset
from bench.loads import environment_of, folder, load_command, must, serving, verify
from bench.process import Measured, measure

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
    """Runs each size in order, and prints a table or one JSON object per line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[100_000, 1_000_000], help="rows to load, one run each")
    parser.add_argument("--json", action="store_true", help="one JSON object per run on stdout")
    options = parser.parse_args()
    for rows in options.rows:
        result = run(rows)
        print(json.dumps(asdict(result)) if options.json else page(result), flush=True)


def run(rows: int) -> Result:
    """Loads at least `rows` rows and verifies that the warehouse holds exactly them; exits with a sentence if not."""
    dataset = Dataset.of_at_least(rows)
    with folder(str(rows)) as home:
        with serving(rows) as server:
            environment = environment_of(home, server.url)
            took = measure(load_command(dataset), environment)
        must(took.exit_code == 0, f"./oi load ended with {took.exit_code} instead of 0: {took.stdout[:2000]}")
        verify(dataset, environment)
    return _result(dataset, took, json.loads(took.stdout), server.cpu_seconds)


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
