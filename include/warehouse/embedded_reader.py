"""An embedded engine that reads like a server's oi_reader, for programs in which people write SQL of their own."""

from __future__ import annotations

from pathlib import Path

from include.settings import Settings
from include.warehouse.session import bi_database

TEMPLATES = Path(__file__).parent / "reader"


def write_reader_config(settings: Settings, folder: Path) -> Path:
    """Writes into `folder` the configuration with which chDB is to be opened; returns its path.

    One hole is left, which the engine knows no right for: the function file() in an expression reads the host's files.
    """
    database = settings.warehouse.database
    users, config = folder / "users.xml", folder / "config.xml"
    users.write_text((TEMPLATES / users.name).read_text().format(database=database, bi=bi_database(database)))
    config.write_text((TEMPLATES / config.name).read_text().format(users=users))
    return config
