"""Airflow on one machine: every variable that it needs, with all its files inside OI_HOME.

Set before the first `import airflow`, so this module must not import it.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from include.configuration.errors import SettingsError
from include.domain.clock import use_utc
from include.host.private_files import keep_private
from include.settings import ROOT, Settings

LOCAL_SETTINGS = ROOT / "plugins" / "oi_airflow" / "local_settings"
LIBRARIES_WARNINGS = ("GitWildMatchPattern", "Pydantic serializer warnings")
"""Airflow's own use of its libraries: every task would log the first, each reader of a log the second."""
QUIET_LOGGERS = ("airflow.serialization.definitions.dag",)
"""Airflow warns here of each run without a logical date, which has no deadline."""
IDLE_SLEEP_SECONDS = "0.5"
"""Each of a run's steps begins up to this much later; at 0.2 an idle scheduler takes a tenth of a core, at 0.5 half."""
SIMPLE_AUTH = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"


def airflow_environment(settings: Settings) -> dict[str, str]:
    """The variables for Airflow's own processes and for tasks; the API key is not among them."""
    home = settings.home / "airflow"
    return {
        "OI_HOME": str(settings.home),
        "TMPDIR": str(settings.home / "tmp"),
        "TZ": "UTC",
        "PYTHONWARNINGS": ",".join(f"ignore:{beginning}" for beginning in LIBRARIES_WARNINGS),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins"), str(LOCAL_SETTINGS)]),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": IDLE_SLEEP_SECONDS,
        "AIRFLOW__CORE__AUTH_MANAGER": SIMPLE_AUTH,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "password.json"),
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{(home / 'airflow.db').as_uri().removeprefix('file://')}",
        "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS": "",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": " ".join(f"{name}=ERROR" for name in QUIET_LOGGERS),
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "oi_airflow.loopback.address",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
    }


def enter(settings: Settings) -> Path:
    """Makes this process, and those it starts, use that Airflow; returns its home.

    Nothing of the caller's own Airflow stays, except connections given as AIRFLOW_CONN_ variables.
    Raises SettingsError where Airflow would take another folder than the one that is named.
    """
    _check_paths(settings)
    use_utc()
    for name in [name for name in os.environ if name.startswith("AIRFLOW__")]:
        del os.environ[name]
    keep_private(settings.home)
    os.environ.update(airflow_environment(settings))
    sys.warnoptions.extend(os.environ["PYTHONWARNINGS"].split(","))  # Airflow's own filters give way to such options
    for beginning in LIBRARIES_WARNINGS:  # the variable is for the processes that this one starts
        warnings.filterwarnings("ignore", beginning)
    _keep_loopback_off_proxies()
    for folder in ("TMPDIR", "AIRFLOW_HOME"):
        Path(os.environ[folder]).mkdir(parents=True, exist_ok=True)
    return Path(os.environ["AIRFLOW_HOME"])


def _check_paths(settings: Settings) -> None:
    """Airflow fills in variables wherever it reads a path."""
    for name, folder in (("OI_HOME", settings.home), ("the checkout", ROOT)):
        if os.path.expandvars(folder) != str(folder):
            raise SettingsError(f"{name} {folder} names a variable, which Airflow fills in; take a folder without $")


def _keep_loopback_off_proxies() -> None:
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
