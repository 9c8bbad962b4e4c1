"""`./oi airflow`: Airflow on this machine, with this checkout's DAGs."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from include.cli.airflow_process import environment
from include.cli.process import require_limits
from include.host.limits import AIRFLOW_THREADS

EXAMPLES = """Examples:

\b
  ./oi airflow
  ./oi airflow -- dags list
  ./oi airflow -- dags unpause open_interest_hourly
  ./oi airflow -- backfill create --dag-id open_interest_daily --from-date 2026-03-01 --to-date 2026-03-07
"""


def airflow(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- COMMAND", help="A command of Airflow to run instead, with all its options."),
    ] = None,
) -> None:
    """Start Airflow on this machine, or run one of its commands.

    It prints its address and password. The DAGs start paused: nothing is bought before you unpause one. Ctrl-C stops
    it. After `--` comes any command of Airflow's own, such as `backfill create`: it runs with the same settings and
    the same database, which lie in OI_HOME.
    """
    require_limits(AIRFLOW_THREADS)
    module = ["oi_airflow.airflow_command", *command] if command else ["oi_airflow.standalone"]
    # The same process, so that signals and the exit code are Airflow's own.
    os.execve(sys.executable, [sys.executable, "-m", *module], environment())  # noqa: S606 - our own module
