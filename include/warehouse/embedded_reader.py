"""Configurations of the embedded engine under which it reads only, for programs in which people write SQL of their own.

The engine knows no right for the function file() in an expression, INTO OUTFILE and KILL: `readonly_sql.guard` refuses
them, so both belong together.
"""

from __future__ import annotations

import math
from pathlib import Path

from include.settings import Settings
from include.warehouse.session import bi_database

TEMPLATES = Path(__file__).parent / "reader"


def write_reader_config(settings: Settings, folder: Path) -> Path:
    """Writes into `folder` the configuration of an engine that reads like a server's oi_reader; returns its path."""
    return _write(settings, folder, "users.xml")


def write_console_config(settings: Settings, folder: Path) -> Path:
    """Writes into `folder` the configuration for `./oi sql`, which reads quarantine too; returns its path."""
    return _write(settings, folder, "console_users.xml")


def _write(settings: Settings, folder: Path, template: str) -> Path:
    warehouse = settings.warehouse
    bounds = {"seconds": math.ceil(warehouse.query_timeout_seconds), "memory": warehouse.query_memory_bytes}
    names = {"database": warehouse.database, "bi": bi_database(warehouse.database)}
    users, config = folder / "users.xml", folder / "config.xml"
    users.write_text((TEMPLATES / template).read_text().format(**names, **bounds))
    config.write_text((TEMPLATES / config.name).read_text().format(users=users))
    return config
