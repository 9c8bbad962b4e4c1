"""Starts Airflow on this machine: scheduler, web interface and the rest, on 127.0.0.1, until Ctrl-C.

    python -m oi_airflow.standalone [--port 8080]

The DAGs start paused: nothing is bought before you unpause one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from secrets import token_urlsafe

from include.configuration.errors import SettingsError
from include.domain.display import shown
from include.domain.gc_tuning import collect_seldom
from include.settings import load_settings
from oi_airflow import environment


def main(arguments: list[str] | None = None) -> int:
    """The command; returns only on a settings error."""
    parser = argparse.ArgumentParser(prog="python -m oi_airflow.standalone", description="Airflow on this machine.")
    parser.add_argument("--port", type=int, default=8080, help="port of the web interface on 127.0.0.1")
    port = parser.parse_args(arguments).port
    try:
        settings = load_settings()
    except SettingsError as error:
        print(shown(error), file=sys.stderr)
        return 2
    home = environment.enter(settings)
    os.environ.update(_web(port))
    os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = token_urlsafe(64)  # Airflow's own is shorter than its library asks
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    from oi_airflow.clickhouse import offer_reader
    from oi_airflow.first_run import prepare

    offer_reader(settings)
    prepare(home)
    password = _password(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    print(f"Airflow: http://127.0.0.1:{port}  user admin  password {password}", flush=True)
    # The same process, so that signals and the exit code are Airflow's own.
    return os.execv(sys.executable, [sys.executable, "-m", "airflow", "standalone"])  # noqa: S606 - our own module


def _web(port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
    }


def _password(file: Path) -> str:
    """The admin's password; made once, so that it can be shown at every start."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"admin": token_urlsafe(12)}))
    return str(json.loads(file.read_text())["admin"])


if __name__ == "__main__":
    collect_seldom()
    sys.exit(main())
