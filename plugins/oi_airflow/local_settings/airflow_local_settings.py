"""Imported by every process of Airflow that has this folder on PYTHONPATH, before it begins.

What starts tasks imports first what all of them need. Where Airflow runs on one machine, its log servers listen on
127.0.0.1 only: Airflow 3.3 binds them to every address, and has no setting for that.
"""

import logging
import sys
from typing import Any

from airflow.configuration import conf

SERVES_LOGS = {"scheduler", "triggerer"}
ON_ONE_MACHINE = "oi_airflow.loopback.address"


class _OnLoopback:
    """Stands for uvicorn in Airflow's module that serves logs."""

    @staticmethod
    def run(app: Any, **options: Any) -> None:
        import uvicorn

        uvicorn.run(app, **{**options, "host": "127.0.0.1", "factory": True})  # it is one: Airflow lets uvicorn guess


def _serve_logs_on_loopback() -> None:
    from airflow.utils.serve_logs import core

    core.uvicorn = _OnLoopback  # type: ignore[attr-defined, assignment] # the module that it calls


def _preload() -> None:
    try:
        from oi_airflow.preload import preload

        preload()
    except Exception:  # Airflow must start all the same
        logging.getLogger("open_interest").exception("Not imported ahead of the tasks, which are slower for it:")


if SERVES_LOGS & set(sys.argv) and conf.get("core", "hostname_callable") == ON_ONE_MACHINE:
    _serve_logs_on_loopback()
if {"celery", "worker"} <= set(sys.argv) or (
    "scheduler" in sys.argv and "LocalExecutor" in conf.get("core", "executor")
):
    _preload()
