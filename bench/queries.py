"""`python -m bench.queries [--json] [ROWS]`: queries over ROWS rows in the embedded warehouse.

They are those of the dashboard, as Superset sends them when it is opened (`sql/charts`; a test keeps them equal), and
some that people write (`sql/queries`). They run twice: with every row bought, and with all coarse intervals derived
from the 5m rows. At 10 million rows the exit code is 1 where a query that is promised within 100 ms takes longer, with
every row bought.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.dataset import SYMBOLS
from bench.filled import SQL, Filling, derive, filled
from include.domain.market import SOURCES, Interval

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

REPEATS = 7
CHARTS = frozenset(path.stem for path in (SQL / "charts").glob("*.sql"))
PROMISED = CHARTS | {
    "latest_of_a_symbol", "latest_of_all", "now", "year_of_daily", "year_of_daily_total", "share_over_90_days",
    "as_of_over_90_days", "change_over_a_week",
}  # fmt: skip
OF_BOUGHT_ROWS = {"as_of_over_90_days"}
"""What was known at a moment holds received values alone, no derived row."""
PROMISED_MS, PROMISED_AT_ROWS = 100, 10_000_000
RESTATED_EVERY = 20
"""As in fill.sql: one row in this many is restated a day after it was known."""


@dataclass(frozen=True)
class Answered:
    """One query: milliseconds of the quickest and the middle repeat, CPU of all threads, and rows its plan reads."""

    name: str
    best_ms: float
    median_ms: float
    cpu_ms: float
    rows: int
    plan_rows: int
    derived: bool

    @property
    def is_late(self) -> bool:
        """Longer than promised; what is derived is off by default, and only measured."""
        return self.name in PROMISED and not self.derived and self.median_ms > PROMISED_MS


def main() -> None:
    """Fills a warehouse, times each query, and verifies the as-of view over all rows."""
    parser = argparse.ArgumentParser(prog="python -m bench.queries", description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000, help="current rows in the warehouse")
    parser.add_argument("--json", action="store_true", help="one JSON object a query on stdout")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="how often each query runs")
    options = parser.parse_args()
    with filled(options.rows) as (client, filling):
        print(f"{filling.dataset.rows:,} rows in the embedded warehouse", file=sys.stderr)
        found = _asked(client, filling, options, derived=False)
        print(_prove_as_of(client, filling), file=sys.stderr)
        derive(client, filling)
        print("the same, with all intervals but 5m derived", file=sys.stderr)
        found += _asked(client, filling, options, derived=True)
    sys.exit(refusal(found, filling.dataset.rows))


def refusal(found: list[Answered], rows: int) -> str | None:
    """A sentence where a promise is broken."""
    late = [one.name for one in found if one.is_late]
    if not late or rows < PROMISED_AT_ROWS:
        return None
    return f"bench: over {PROMISED_MS} ms: {', '.join(late)}. Is the machine busy? Else compare the plans' rows"


def scripts() -> list[Path]:
    """The queries: the dashboard's, then those that people write."""
    return [path for folder in ("charts", "queries") for path in sorted((SQL / folder).glob("*.sql"))]


def _asked(client: Client, filling: Filling, options: argparse.Namespace, *, derived: bool) -> list[Answered]:
    """Runs all of them and prints each result as it comes."""
    answers = []
    for script in (one for one in scripts() if not (derived and one.stem in OF_BOUGHT_ROWS)):
        answers.append(ask(client, script, _moments(filling), options.repeats, derived=derived))
        print(json.dumps(asdict(answers[-1])) if options.json else line(answers[-1]), flush=True)
    return answers


def ask(client: Client, script: Path, moments: dict[str, Any], repeats: int, *, derived: bool) -> Answered:
    """Runs the query once to warm up, then `repeats` times."""
    query = script.read_text()
    rows = len(client.query(query, parameters=moments).result_rows)
    plan = client.query(f"EXPLAIN ESTIMATE {query}", parameters=moments)
    taken = [_milliseconds(client, query, moments) for _ in range(repeats)]
    wall = sorted(wall for wall, _ in taken)
    cpu_ms = min(cpu for _, cpu in taken)
    plan_rows = sum(part[3] for part in plan.result_rows)
    best_ms, median_ms = round(wall[0], 1), round(wall[repeats // 2], 1)
    return Answered(script.stem, best_ms, median_ms, round(cpu_ms, 1), rows, plan_rows, derived)


def line(found: Answered) -> str:
    """A result as a person reads it."""
    return (
        f"  {found.name:<22} {found.median_ms:>7.1f} ms (best {found.best_ms:.1f}, CPU {found.cpu_ms:.1f}),"
        f" {found.rows:,} rows out of {found.plan_rows:,} in the plan"
        f"{f', over {PROMISED_MS} ms' if found.is_late else ''}"
    )


def _milliseconds(client: Client, query: str, moments: dict[str, Any]) -> tuple[float, float]:
    """Wall and CPU."""
    began, spent = time.perf_counter(), time.process_time()
    client.query(query, parameters=moments)
    return (time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000


def _moments(filling: Filling) -> dict[str, Any]:
    end = filling.end
    return {
        "a_year_before": (end - timedelta(days=365)).date(),
        "end": end.date(),
        "ninety_days_before": end - timedelta(days=90),
        "a_week_before": end - timedelta(days=7),
        "moment": end - timedelta(days=1),
        "since_day": (end - timedelta(days=90)).date(),
        "since_midnight": datetime.combine(end - timedelta(days=90), time_of_day(), UTC),
    }


def _prove_as_of(client: Client, filling: Filling) -> str:
    """Compares the view over all rows with sums of the rows' formula; exits with a message if they differ."""
    moment = Interval.M5.floor(filling.end - (filling.end - filling.start) / 4)
    began = time.perf_counter()
    found = client.query((SQL / "as_of_sums.sql").read_text(), parameters={"moment": moment}).result_rows[0]
    seconds = time.perf_counter() - began
    known = [(interval, _known_points(interval, moment - filling.start)) for interval in Interval]
    rows = sum(points for _, points in known) * len(SYMBOLS) * len(SOURCES)
    hundredths = sum(filling.dataset.hundredths_of(interval, points) for interval, points in known)
    a_day_before = moment - timedelta(days=1) - filling.start
    restated = sum(-(-_known_points(interval, a_day_before) // RESTATED_EVERY) for interval in Interval)
    expected = (rows, hundredths + restated * 100 * len(SYMBOLS) * len(SOURCES))
    if tuple(found) != expected:
        sys.exit(f"bench: as of {moment} the warehouse shows {tuple(found)} (rows, hundredths), expected {expected}")
    return f"  as of {moment:%Y-%m-%d %H:%M} all {rows:,} rows known then are exact ({seconds:.2f} s)"


def _known_points(interval: Interval, since_start: timedelta) -> int:
    """How many buckets had closed a minute or more before that time."""
    return max(0, (since_start - timedelta(minutes=1)) // interval.step)


if __name__ == "__main__":
    main()
