"""Makes Airflow ready: database and pools. Harmless to repeat.

    python -m oi_airflow.first_run

Uses the Airflow that the environment describes; on one machine `run_dags` and `standalone` call it for you.
"""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock

from include.domain.gc_tuning import collect_seldom


def prepare(home: Path) -> None:
    """Migrates Airflow's database and creates the pools.

    Two processes that prepare the same home wait for each other.
    """
    with FileLock(home / "prepare.lock", fallback_to_soft=False):  # a soft lock outlives a killed process
        _migrate()
        _create_pools()


def _migrate() -> None:
    from airflow.utils.db import initdb

    initdb()


def _create_pools() -> None:
    from airflow.models.pool import Pool

    from oi_airflow.dag_defaults import POOLS

    for name, (slots, description) in POOLS.items():
        Pool.create_or_update_pool(name, slots=slots, description=description, include_deferred=False)


if __name__ == "__main__":
    collect_seldom()
    prepare(Path(os.environ["AIRFLOW_HOME"]))
