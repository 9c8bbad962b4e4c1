"""`./oi airflow`: Airflow on this machine, with this checkout's DAGs."""

from __future__ import annotations

import os
import sys

from include.cli.airflow_process import environment

EXAMPLES = """Examples:

\b
  ./oi airflow
"""


def airflow() -> None:
    """Start Airflow, scheduler and web interface, on this machine.

    It prints its address and password. The DAGs start paused: nothing is bought before you unpause one. Ctrl-C stops
    it.
    """
    # The same process, so that signals and the exit code are Airflow's own.
    os.execve(sys.executable, [sys.executable, "-m", "oi_airflow.standalone"], environment())  # noqa: S606 - our own module
