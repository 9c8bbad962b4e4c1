from pathlib import Path

import pytest

from include.cli.provenance import keep_apart
from include.settings import Api, Settings, SettingsError


def _settings(home: Path, base_url: str) -> Settings:
    return Settings(home=home, api=Api(base_url=base_url))


def test_made_up_rows_are_kept_out_of_a_home_with_real_ones(tmp_path: Path) -> None:
    keep_apart(_settings(tmp_path, "https://kwery-api.com"))

    with pytest.raises(SettingsError, match="OI_HOME"):
        keep_apart(_settings(tmp_path, "http://127.0.0.1:8900"))


def test_real_rows_are_kept_out_of_a_home_with_made_up_ones(tmp_path: Path) -> None:
    keep_apart(_settings(tmp_path, "http://localhost:8900"))

    with pytest.raises(SettingsError, match="simulator"):
        keep_apart(_settings(tmp_path, "https://kwery-api.com"))


def test_the_simulator_may_come_back_on_another_port(tmp_path: Path) -> None:
    keep_apart(_settings(tmp_path, "http://127.0.0.1:8900"))
    keep_apart(_settings(tmp_path, "http://127.0.0.1:8901/v1"))
