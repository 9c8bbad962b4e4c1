"""Imported by every process of the Airflow that runs on one machine: its log servers listen on 127.0.0.1 only.

Airflow 3.3 binds them to every address, and has no setting for that. The folder of this file is on PYTHONPATH for that
Airflow alone: where workers are on several machines, log servers are reached from the others.
"""

import sys
from typing import Any

SERVES_LOGS = {"scheduler", "triggerer"}


class _OnLoopback:
    """Stands for uvicorn in Airflow's module that serves logs."""

    @staticmethod
    def run(app: Any, **options: Any) -> None:
        import uvicorn

        uvicorn.run(app, **{**options, "host": "127.0.0.1"})


if SERVES_LOGS & set(sys.argv):
    from airflow.utils.serve_logs import core

    core.uvicorn = _OnLoopback  # type: ignore[attr-defined, assignment] # the module that it calls
