"""Makes Superset ready: database, administrator, the dashboard over the warehouse. Harmless to repeat.

    python prepare.py

Needs in the environment: SUPERSET_CONFIG_PATH, SUPERSET_SECRET_KEY, BI_METADATA_URL, BI_ADMIN_PASSWORD, and
BI_WAREHOUSE_URL, where the marts are read (`clickhousedb://reader:...@host:8123/bi`). Where that is the embedded
engine, BI_ENGINE_CONFIG names the configuration to open it with.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

ASSETS = Path(__file__).parent / "assets"
ADMIN = "admin"


def prepare() -> None:
    """Migrates Superset's database, makes the roles and the administrator, imports the assets."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        _migrate()
        _make_administrator(app, os.environ["BI_ADMIN_PASSWORD"])
        _import_assets(os.environ["BI_WAREHOUSE_URL"])
        _learn_columns()


def _migrate() -> None:
    from flask_migrate import upgrade

    upgrade()


def _make_administrator(app: Any, password: str) -> None:
    """Creates the user, or gives it the password of today."""
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
    ImportAssetsCommand(assets_for(warehouse_url)).run()


def assets_for(warehouse_url: str) -> dict[str, str]:
    """The files of `assets` by name; the connection, and the database of every mart, are the environment's."""
    marts = urlsplit(warehouse_url).path.strip("/")
    contents = {str(path.relative_to(ASSETS)): path.read_text() for path in sorted(ASSETS.rglob("*.yaml"))}
    for name, text in contents.items():
        if name.startswith("datasets/"):
            contents[name] = yaml.safe_dump(yaml.safe_load(text) | {"schema": marts})
    [database] = [name for name in contents if name.startswith("databases/")]
    connection = yaml.safe_load(contents[database]) | {"sqlalchemy_uri": warehouse_url}
    if engine_config := os.environ.get("BI_ENGINE_CONFIG"):
        arguments = {"chdb_options": {"config-file": engine_config}}
        connection["extra"] = connection["extra"] | {"engine_params": {"connect_args": arguments}}
    return contents | {database: yaml.safe_dump(connection)}


def _learn_columns() -> None:
    """Columns and their descriptions are the warehouse's own."""
    from superset import db
    from superset.connectors.sqla.models import SqlaTable

    for dataset in db.session.query(SqlaTable):
        dataset.fetch_metadata()
    db.session.commit()


if __name__ == "__main__":
    prepare()
