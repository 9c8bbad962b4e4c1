"""Imports what tasks need once, in the process that Airflow forks them from.

A task is a fork of Airflow's scheduler (LocalExecutor) or of a Celery worker, and has what that process has imported.
That saves seconds of CPU a task, most of all by Great Expectations. Changed code needs a restart of that process.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages

import include
from include.configuration.errors import SettingsError

LIBRARIES = (
    *("airflow.providers.clickhousedb.hooks.clickhouse", "clickhouse_connect", "fsspec.implementations.local"),
    *("httpcore", "pandas", "psutil", "pyarrow.pandas_compat", "pyarrow.parquet", "sqlalchemy.orm", "yaml"),
)
"""Not chDB, which is not safe to fork with."""
NOT_FOR_TASKS = ("cli", "simulator")


def preload() -> None:
    """Imports every module that a task of this project may need, and runs the rules once on a row of their own."""
    from include.ledger.database.models.base import Base
    from include.quality.validation import warm_up
    from include.settings import load_settings
    from oi_airflow.clickhouse import expect_short_extra

    for name in LIBRARIES:
        import_module(name)
    for module in walk_packages(include.__path__, "include."):
        if module.name.split(".")[1] not in NOT_FOR_TASKS:
            import_module(module.name)
    Base.registry.configure()  # else each task does at its first statement
    warm_up()
    with suppress(SettingsError):  # the first task names what is wrong
        expect_short_extra(load_settings())
