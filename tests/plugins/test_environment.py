from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from include.configuration.errors import SettingsError
from include.settings import ROOT, load_settings
from oi_airflow import environment, preload
from oi_airflow.clickhouse import SECRETS_MASKER


def test_every_file_of_airflow_lies_inside_the_home(tmp_path: Path) -> None:
    variables = environment.airflow_environment(load_settings({"OI_HOME": str(tmp_path)}))

    home = str(tmp_path)
    kept_elsewhere = {name for name, value in variables.items() if "/" in value and home not in value}
    assert kept_elsewhere == {
        "PYTHONPATH",
        "AIRFLOW__CORE__DAGS_FOLDER",
        "AIRFLOW__CORE__PLUGINS_FOLDER",
    }


def test_rule_7_no_secret_is_among_the_variables(tmp_path: Path) -> None:
    secrets = {"KWERY_API_KEY": "kwery_test_pro_secret", "CLICKHOUSE_HOST": "db", "CLICKHOUSE_PASSWORD": "hush-hush"}
    settings = load_settings({"OI_HOME": str(tmp_path), **secrets})

    values = " ".join(environment.airflow_environment(settings).values())

    assert "kwery_test_pro_secret" not in values
    assert "hush-hush" not in values


def test_airflow_calls_nobody_and_answers_only_this_machine(tmp_path: Path) -> None:
    variables = environment.airflow_environment(load_settings({"OI_HOME": str(tmp_path)}))

    assert variables["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert variables["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_scheduler_preloads_tasks_and_serves_logs_on_loopback(tmp_path: Path) -> None:
    """Airflow's own code, with the settings that its processes find in this environment; a task is a fork of it."""
    variables = environment.airflow_environment(load_settings({"OI_HOME": str(tmp_path)}))
    program = (
        "import sys; sys.argv = ['airflow', 'scheduler']\n"
        "import airflow.settings\n"
        "from airflow.utils.serve_logs import serve_logs\n"
        "import uvicorn; \n"
        "names = ('host', 'port', 'factory')\n"
        "uvicorn.run = lambda app, **options: print('listens on', *(options[name] for name in names))\n"
        "airflow.settings.import_local_settings(); serve_logs(8793)\n"
        "print(*(name for name in ('great_expectations', 'include.pipeline.steps.load.load') if name in sys.modules))\n"
        "import threading; print('chdb' in sys.modules, threading.active_count())\n"
        f"import logging; print(len(logging.getLogger({SECRETS_MASKER!r}).filters))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert answer.stdout.splitlines()[-4:] == [
        "listens on 127.0.0.1 8793 True",
        "great_expectations include.pipeline.steps.load.load",
        "False 1",  # chDB and threads do not survive a fork
        "1",  # what supervises a task masks its secrets, too, and does not warn of the embedded engine's name
    ], answer.stderr[-2000:]


@pytest.mark.parametrize(
    ("arguments", "executor", "starts_tasks"),
    [
        (["scheduler"], "LocalExecutor", True),
        (["scheduler", "--num-runs", "1"], "LocalExecutor,CeleryExecutor", True),
        (["celery", "worker"], "CeleryExecutor", True),
        (["scheduler"], "CeleryExecutor", False),
        (["api-server"], "LocalExecutor", False),
        (["celery", "flower"], "CeleryExecutor", False),
    ],
)
def test_only_what_starts_tasks_imports_for_them(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], executor: str, starts_tasks: bool
) -> None:
    found: list[bool] = []
    monkeypatch.setattr(preload, "preload", lambda: found.append(True))
    monkeypatch.setattr(sys, "argv", ["airflow", *arguments])
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    monkeypatch.setenv("AIRFLOW__CORE__HOSTNAME_CALLABLE", "airflow.utils.net.getfqdn")

    runpy.run_path(str(environment.LOCAL_SETTINGS / "airflow_local_settings.py"))

    assert bool(found) is starts_tasks


def test_airflow_starts_though_nothing_could_be_imported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ImportError("a library is broken")

    monkeypatch.setattr(preload, "preload", fail)
    monkeypatch.setattr(sys, "argv", ["airflow", "celery", "worker"])

    runpy.run_path(str(environment.LOCAL_SETTINGS / "airflow_local_settings.py"))

    assert "a library is broken" in caplog.text


def test_the_callers_own_airflow_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in dict(os.environ).items():
        monkeypatch.setenv(name, value)  # so that everything below is undone
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "Europe/Amsterdam")
    monkeypatch.setenv("NO_PROXY", "example.com")

    home = environment.enter(load_settings({"OI_HOME": str(tmp_path)}))

    assert "AIRFLOW__CORE__DEFAULT_TIMEZONE" not in os.environ
    assert os.environ["AIRFLOW_HOME"] == str(home) == str(tmp_path / "airflow")
    assert home.is_dir()
    assert os.environ["NO_PROXY"] == "example.com,127.0.0.1,localhost"


def test_the_environment_is_ready_before_airflow_is_imported() -> None:
    program = "import sys; from oi_airflow import environment, run_dags, standalone; print('airflow' in sys.modules)"
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])

    answer = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "False"


def test_the_database_lies_in_the_home_whatever_its_name(tmp_path: Path) -> None:
    """SQLAlchemy takes what follows a question mark for options, a percent sign for a code."""
    home = tmp_path / "100%s a?b#c d"
    variables = environment.airflow_environment(load_settings({"OI_HOME": str(home), "CLICKHOUSE_HOST": "db"}))
    url = make_url(variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    assert url.database == str(home / "airflow" / "airflow.db")


def test_a_home_that_airflow_would_fill_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OI_TEST_NAME", "x")
    settings = load_settings({"OI_HOME": str(tmp_path / "$OI_TEST_NAME"), "CLICKHOUSE_HOST": "db"})
    with pytest.raises(SettingsError, match=r"OI_HOME .* names a variable"):
        environment.enter(settings)


def test_airflow_runs_in_utc(tmp_path: Path) -> None:
    assert environment.airflow_environment(load_settings({"OI_HOME": str(tmp_path)}))["TZ"] == "UTC"
