"""`./oi bi`: Superset on this machine, with the dashboard over the marts."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from include.cli.console import say
from include.cli.options import free_port
from include.cli.settings import settings_for_a_run
from include.host.environment import PROXIES, without_secrets
from include.settings import ROOT

if TYPE_CHECKING:
    from include.settings import Settings

HOST = "127.0.0.1"
PYTHON = ROOT / ".venv" / "bi" / "bin" / "python"
EXAMPLES = """Examples:

\b
  make bi
  ./oi bi --port 8089
"""


def bi(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8088,
) -> None:
    """Start Superset with a ready dashboard, on this machine.

    It shows the marts. With CLICKHOUSE_HOST it reads that server as CLICKHOUSE_READER_USER, always current.
    The embedded warehouse is copied at start, and the dashboard says when: start it again to refresh the copy. Ctrl-C
    stops it. `make bi` installs Superset first, in an environment of its own.
    """
    settings = settings_for_a_run()
    if not PYTHON.exists():
        raise typer.BadParameter("Superset is not installed yet: run make bi, which installs it and starts it")
    free = free_port(HOST, port)
    folder = settings.home / "bi"
    folder.mkdir(mode=0o700, exist_ok=True)
    variables = {
        **warehouse_of(settings, folder),
        "BI_METADATA_URL": f"sqlite:///{folder / 'superset.db'}",
        "BI_ADMIN_PASSWORD": _kept_secret(folder / "admin_password"),
        "BI_BIND": f"{HOST}:{free}",
        "SUPERSET_SECRET_KEY": _kept_secret(folder / "secret_key"),
        "SUPERSET_HOME": str(folder),
        "SUPERSET_CONFIG_PATH": str(ROOT / "bi" / "superset_config.py"),
        "SCARF_ANALYTICS": "false",
        "PYTHONPATH": "",
    }
    say("Superset is getting ready, which takes half a minute. Then open")
    say(f"  http://{HOST}:{free}/superset/dashboard/open-interest/")
    say(f"and log in as admin with the password in {folder / 'admin_password'}. Ctrl-C stops it.")
    # The same process, so that signals and the exit code are Superset's own.
    serve = str(ROOT / "bi" / "serve.py")
    os.execve(PYTHON, [str(PYTHON), serve], {**_environment(settings), **variables})  # noqa: S606 - our own module


def _environment(settings: Settings) -> dict[str, str]:
    """What Superset needs of the caller's environment: no secrets."""
    return without_secrets(os.environ, PROXIES if settings.warehouse.host else ())


def warehouse_of(settings: Settings, folder: Path) -> dict[str, str]:
    """The URL at which Superset reads the marts, and the reader's rights for an embedded warehouse."""
    from urllib.parse import quote, urlencode

    from include.domain.clock import utc_now
    from include.warehouse.embedded_reader import write_reader_config
    from include.warehouse.session import bi_database
    from include.warehouse.snapshot import copy_embedded

    warehouse = settings.warehouse
    marts = bi_database(warehouse.database)
    if warehouse.host is None:
        copy, copied_at = folder / "warehouse", utc_now()
        copy_embedded(settings, copy)
        return {
            "BI_WAREHOUSE_URL": f"clickhousedb:///{marts}?{urlencode({'interface': 'chdb', 'path': str(copy)})}",
            "BI_ENGINE_CONFIG": str(write_reader_config(settings, folder)),
            "BI_COPIED_AT": f"{copied_at:%Y-%m-%d %H:%M}",
        }
    user, password = quote(warehouse.reader_user), quote(warehouse.reader_password.get_secret_value(), safe="")
    secure = "?secure=true" if warehouse.secure else ""
    return {"BI_WAREHOUSE_URL": f"clickhousedb://{user}:{password}@{warehouse.host}:{warehouse.port}/{marts}{secure}"}


def _kept_secret(path: Path) -> str:
    """The secret in the file; a new one, readable by its owner only, if the file is missing or empty."""
    if not (path.exists() and path.read_text().strip()):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()
