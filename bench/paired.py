"""`python -m bench.paired [--rounds N] [--json] [ROWS ...]`: this loader beside others that load the same rows.

In each round every contestant runs once, as a whole process, against the same local server. Ratios are taken within a
round, so that a machine that is busy for a while weighs on both. Each contestant proves that it holds exactly the rows.
dlt runs where `make bench-dlt` has installed it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.contestants.job import Job
from bench.dataset import START, SYMBOLS, Dataset
from bench.loads import API_KEY, Server, environment_of, folder, load_command, must, serving, verify
from bench.process import Measured, measure
from include.domain.clock import iso
from include.domain.market import Interval
from include.settings import ROOT

DLT_PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"
OURS = "this loader"
MIB = 1024 * 1024

Run = Callable[[Dataset, Server, Path], Measured]
"""Loads a dataset from a server into an empty folder, and proves the rows."""


@dataclass(frozen=True)
class Figures:
    """One contestant at one size, over all rounds: each list has one figure per round.

    `ratios` are this loader's CPU seconds over the contestant's, below 1 where this loader takes less.
    """

    contestant: str
    rows: int
    cpu_seconds: list[float]
    wall_seconds: list[float]
    peak_tree_mib: list[int]
    ratios: list[float]


def main() -> None:
    """Runs the rounds of each size, and prints a table or one JSON object per contestant."""
    parser = argparse.ArgumentParser(prog="python -m bench.paired", description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[100_000, 1_000_000], help="rows to load")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant runs")
    parser.add_argument("--json", action="store_true", help="one JSON object per contestant on stdout")
    parser.add_argument("--dlt-python", type=Path, default=DLT_PYTHON, help="an interpreter that can import dlt")
    options = parser.parse_args()
    contestants = contestants_with(options.dlt_python)
    for rows in options.rows:
        figures = compare(contestants, Dataset.of_at_least(rows), options.rounds)
        print("\n".join(json.dumps(asdict(one)) for one in figures) if options.json else page(figures), flush=True)


def contestants_with(dlt_python: Path) -> dict[str, Run]:
    """The contestants that can run on this machine, by name; this loader comes first."""
    plain = [sys.executable, "-m", "bench.contestants.plain"]
    found: dict[str, Run] = {
        OURS: _ours,
        "plain script": _other(plain),
        "plain script with Great Expectations": _other(plain, "--with-expectations"),
    }
    if not dlt_python.exists():
        print(f"dlt is left out: there is no {dlt_python}. To install it: make bench-dlt", file=sys.stderr)
        return found
    dlt = [str(dlt_python), "-m", "bench.contestants.dlt_arrow"]
    return found | {"dlt into ClickHouse": _other(dlt, "clickhouse"), "dlt into DuckDB": _other(dlt, "duckdb")}


def compare(contestants: dict[str, Run], dataset: Dataset, rounds: int) -> list[Figures]:
    """Runs every contestant once a round."""
    taken: dict[str, list[Measured]] = {name: [] for name in contestants}
    with serving(dataset.rows) as server:
        for number in range(rounds):
            for name, run in contestants.items():
                with folder("paired") as place:
                    taken[name].append(run(dataset, server, place))
                print(f"round {number + 1} of {rounds}: {name}, {taken[name][-1].cpu_seconds:.2f} s", file=sys.stderr)
    return [_figures(name, dataset.rows, runs, taken[OURS]) for name, runs in taken.items()]


def _ours(dataset: Dataset, server: Server, place: Path) -> Measured:
    environment = environment_of(place, server.url)
    took = measure(load_command(dataset), environment)
    must(took.exit_code == 0, f"./oi load ended with {took.exit_code} instead of 0: {took.stdout[:2000]}")
    verify(dataset, environment)
    return took


def _other(command: Sequence[str], *arguments: str) -> Run:
    def run(dataset: Dataset, server: Server, place: Path) -> Measured:
        intervals = [interval.value for interval in Interval]
        job = Job(server.url, API_KEY, iso(START), iso(dataset.end), list(SYMBOLS), intervals, str(place))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "GX_ANALYTICS_ENABLED": "false", "HOME": str(place)}
        took = measure([*command, job.write(), *arguments], environment)
        must(took.exit_code == 0, f"{' '.join(command)} ended with {took.exit_code}: {took.stdout[-2000:]}")
        found = json.loads(took.stdout.splitlines()[-1])
        expected = {"rows": dataset.rows, "hundredths": dataset.hundredths()}
        must(found == expected, f"{' '.join(command)} stored {found}, expected {expected}")
        return took

    return run


def _figures(name: str, rows: int, runs: Sequence[Measured], ours: Sequence[Measured]) -> Figures:
    return Figures(
        contestant=name,
        rows=rows,
        cpu_seconds=[round(one.cpu_seconds, 2) for one in runs],
        wall_seconds=[round(one.wall_seconds, 2) for one in runs],
        peak_tree_mib=[one.peak_tree_bytes // MIB for one in runs],
        ratios=[round(mine.cpu_seconds / one.cpu_seconds, 3) for mine, one in zip(ours, runs, strict=True)],
    )


def page(figures: Sequence[Figures]) -> str:
    """The figures of one size as a person reads them: medians, and the ratios with their spread."""
    head = f"{figures[0].rows:,} rows, {len(figures[0].ratios)} rounds"
    columns = f"{'':<38}{'CPU s':>8}{'wall s':>8}{'MiB':>7}   this loader's CPU over it"
    return "\n".join((head, columns, *map(_line, figures), ""))


def _line(one: Figures) -> str:
    ratio = (
        "" if one.contestant == OURS else f"{median(one.ratios):.2f} ({min(one.ratios):.2f} to {max(one.ratios):.2f})"
    )
    return (
        f"  {one.contestant:<36}{median(one.cpu_seconds):>8.2f}{median(one.wall_seconds):>8.2f}"
        f"{median(one.peak_tree_mib):>7.0f}   {ratio}"
    ).rstrip()


if __name__ == "__main__":
    main()
