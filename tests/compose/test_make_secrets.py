from __future__ import annotations

import base64
import stat
import subprocess
from pathlib import Path

from include.settings import ROOT
from tests.compose.rendering import SECRETS

MADE = SECRETS.keys() - {"KWERY_API_KEY"}


def make_secrets(file: Path) -> str:
    script = ROOT / "docker" / "make_secrets.sh"
    return subprocess.run([str(script), str(file)], check=True, capture_output=True, text=True).stdout


def values_in(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_every_secret_is_made_for_its_owner_alone_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    printed = make_secrets(file)
    values = values_in(file)
    assert values.keys() == MADE
    assert len(set(values.values())) == len(MADE)
    assert all(len(value) >= 40 for value in values.values())
    assert len(base64.urlsafe_b64decode(values["AIRFLOW_FERNET_KEY"])) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(value in printed for value in values.values())
    assert "KWERY_API_KEY" in printed


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    make_secrets(file)
    before = file.read_text()
    assert "nothing is changed" in make_secrets(file)
    assert file.read_text() == before


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nCLICKHOUSE_PASSWORD=chosen & odd\\1\nKWERY_API_KEY=kwery_live_mine\n#POSTGRES_PASSWORD=\n")
    printed = make_secrets(file)
    assert file.read_text().startswith("# mine\nCLICKHOUSE_PASSWORD=chosen & odd\\1\nKWERY_API_KEY=kwery_live_mine\n")
    assert values_in(file).keys() == MADE | {"KWERY_API_KEY"}
    assert "KWERY_API_KEY" not in printed
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_windows_line_ends_are_no_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"CLICKHOUSE_PASSWORD=\r\nKWERY_API_KEY=kwery_live_mine\r\n")
    make_secrets(file)
    assert b"\r" not in file.read_bytes()
    assert len(values_in(file)["CLICKHOUSE_PASSWORD"]) >= 40
