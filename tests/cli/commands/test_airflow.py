"""`./oi airflow -- COMMAND`: any command of Airflow, in the environment of this checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from oi_airflow import airflow_command
from tests.cli.oi import LAUNCHER, SILENCED
from tests.patience import PATIENCE_SECONDS


@pytest.mark.slow
def test_airflow_command_runs_in_the_home_and_writes_nothing_elsewhere(tmp_path: Path) -> None:
    """Its options, `--help` among them, and its exit code are Airflow's."""
    home, nobody = tmp_path / "oi", tmp_path / "nobody"
    nobody.mkdir()
    environment = {**os.environ, **SILENCED, "HOME": str(nobody), "OI_HOME": str(home), "AIRFLOW_HOME": "/elsewhere"}
    command = [str(LAUNCHER), "airflow", "--", "dags", "state", "open_interest_daily", "2026-03-07", "--verbose"]

    done = subprocess.run(
        command, env=environment, cwd=nobody, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )

    assert done.returncode == 1
    assert "open_interest_daily does not exist" in done.stderr
    assert (home / "airflow" / "airflow.db").exists(), "made ready before its first command"
    assert list(nobody.iterdir()) == []


def test_wrong_settings_end_before_airflow_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OI_CONFIG", str(tmp_path / "missing.yaml"))

    assert airflow_command.main(["dags", "list"]) == 2
    assert "missing.yaml cannot be found" in capsys.readouterr().err
