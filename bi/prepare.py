"""Makes Superset ready: database, administrator, the dashboard over the warehouse. Harmless to repeat.

    python prepare.py

Needs in the environment: SUPERSET_CONFIG_PATH, SUPERSET_SECRET_KEY, BI_METADATA_URL, BI_ADMIN_PASSWORD, and
BI_WAREHOUSE_URL, where the marts are read (`clickhousedb://reader:...@host:8123/bi`). Where that is a copy for the
embedded engine, BI_ENGINE_CONFIG names the configuration to open it with, and BI_COPIED_AT says when it was copied.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ASSETS = Path(__file__).parent / "assets"
ADMIN = "admin"
SHOWN_AT_FIRST = timedelta(days=90)
"""The time range of the dashboard's filter."""


def prepare() -> None:
    """Migrates Superset's database, makes the roles and the administrator, imports the assets."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        _migrate()
        _make_administrator(app, os.environ["BI_ADMIN_PASSWORD"])
        _import_assets(os.environ["BI_WAREHOUSE_URL"])


def _migrate() -> None:
    from flask_migrate import upgrade

    upgrade()


def _make_administrator(app: Any, password: str) -> None:
    """Creates the user, or sets its password to the current one."""
    from superset import db, security_manager

    app.appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    user = security_manager.find_user(ADMIN)
    if user is None:
        role = security_manager.find_role("Admin")
        security_manager.add_user(ADMIN, "Open", "Interest", "admin@localhost", role, password)
    else:
        security_manager.reset_password(user.id, password)
    db.session.commit()


def _import_assets(warehouse_url: str) -> None:
    """Imports what is in `assets`, over what is there."""
    from flask import g
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    g.user = security_manager.find_user(ADMIN)
    ImportAssetsCommand(assets_for(warehouse_url, newest_row(warehouse_url))).run()


def newest_row(warehouse_url: str) -> datetime | None:
    """Time of the newest row, UTC; None where the warehouse has none, or does not answer, which is said on stderr."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    engine = create_engine(warehouse_url, **_engine_parameters().get("engine_params", {}))
    try:
        with engine.connect() as connection:
            newest = connection.execute(text("SELECT max(newest) FROM freshness")).scalar()
    except SQLAlchemyError as error:
        print(f"The warehouse does not answer yet, so the dashboard shows the last 90 days: {error}", file=sys.stderr)
        return None
    finally:
        engine.dispose()
    return newest.replace(tzinfo=UTC) if newest else None


def assets_for(warehouse_url: str, newest: datetime | None = None) -> dict[str, str]:
    """The files of `assets` by name, as one import of all kinds of assets.

    Connection, database of the marts and the note above the charts are the environment's. Where the newest row, of
    `newest`, is older than the time range that is shown at first, all of time is shown instead.
    """
    # YAML in C is ten times as fast as in Python.
    files = sorted(ASSETS.rglob("*.yaml"))
    assets = {str(path.relative_to(ASSETS)): yaml.load(path.read_text(), yaml.CSafeLoader) for path in files}
    assets["metadata.yaml"]["type"] = "assets"
    for name, asset in assets.items():
        kind = name.partition("/")[0]
        if kind == "databases":
            asset["sqlalchemy_uri"] = warehouse_url
            asset["extra"] |= _engine_parameters()
        elif kind == "datasets":
            asset["schema"] = urlsplit(warehouse_url).path.strip("/")
        elif kind == "dashboards":
            asset["position"]["MARKDOWN-note"]["meta"]["code"] += _age_of_the_copy()
            if newest and newest < datetime.now(UTC) - SHOWN_AT_FIRST:
                _show_all_of_time(asset)
    return {name: yaml.dump(asset, Dumper=yaml.CSafeDumper) for name, asset in assets.items()}


def _show_all_of_time(dashboard: dict[str, Any]) -> None:
    [time_range] = [
        one for one in dashboard["metadata"]["native_filter_configuration"] if one["filterType"] == "filter_time"
    ]
    time_range["defaultDataMask"] |= {"extraFormData": {}, "filterState": {}}


def _engine_parameters() -> dict[str, Any]:
    """What the embedded engine needs beside its address."""
    engine_config = os.environ.get("BI_ENGINE_CONFIG")
    if not engine_config:
        return {}
    return {"engine_params": {"connect_args": {"chdb_options": {"config-file": engine_config}}}}


def _age_of_the_copy() -> str:
    """A sentence where the dashboard shows a copy of the warehouse; empty where it reads the warehouse itself."""
    copied_at = os.environ.get("BI_COPIED_AT")
    if not copied_at:
        return ""
    return f" **This is a copy of the warehouse, taken {copied_at} UTC.** Start `make bi` again to refresh it."


if __name__ == "__main__":
    prepare()
