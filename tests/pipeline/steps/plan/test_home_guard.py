import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from include.configuration.errors import SettingsError
from include.domain.market import Interval
from include.pipeline.errors import PipelineError
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.plan.home_guard import refuse_mixed_home
from include.pipeline.steps.plan.plan import plan
from include.settings import Settings
from include.settings.api import Api
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, scope

RUN = RunSpec("run", "hourly")


def _settings(home: Path, base_url: str) -> Settings:
    return Settings(home=home, api=Api(base_url=base_url))


def test_a_home_with_real_rows_refuses_simulated_ones(tmp_path: Path) -> None:
    refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))

    with pytest.raises(SettingsError, match="OI_HOME"):
        refuse_mixed_home(_settings(tmp_path, "http://127.0.0.1:8900"))


def test_a_home_with_simulated_rows_refuses_real_ones(tmp_path: Path) -> None:
    refuse_mixed_home(_settings(tmp_path, "http://localhost:8900"))

    with pytest.raises(SettingsError, match="simulator"):
        refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))


def test_the_simulator_may_come_back_on_another_port(tmp_path: Path) -> None:
    refuse_mixed_home(_settings(tmp_path, "http://127.0.0.1:8900"))
    refuse_mixed_home(_settings(tmp_path, "http://127.0.0.1:8901/v1"))


def test_the_simulator_service_counts_as_simulator(tmp_path: Path) -> None:
    refuse_mixed_home(_settings(tmp_path, "http://simulator:8900"))

    with pytest.raises(SettingsError, match="simulator"):
        refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2", "[::]", "localhost."])  # noqa: S104 - nothing listens
def test_every_address_of_this_machine_is_a_simulators(host: str, tmp_path: Path) -> None:
    """`./oi api --host 0.0.0.0` prints the first one to paste, and its rows counted as the vendor's."""
    refuse_mixed_home(_settings(tmp_path, f"http://{host}:8900"))

    assert (tmp_path / "rows-from").read_text() == "simulator\n"


def test_a_damaged_note_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows-from").write_bytes(b"\xff\0")

    with pytest.raises(SettingsError, match="rows-from is damaged"):
        refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))


def test_an_empty_note_of_another_process_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / "rows-from").touch()

    refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))

    assert (tmp_path / "rows-from").read_text() == "vendor\n"


def test_a_disk_without_room_for_the_note_fails_readably(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(SettingsError, match=r"No space left on device\. Make room there"):
        refuse_mixed_home(_settings(tmp_path, "https://kwery-api.com"))
    assert not (tmp_path / "rows-from").exists()


def test_nothing_is_requested_or_planned_where_rows_would_mix(settings: Settings, vendor: RunningSimulator) -> None:
    """Whoever begins the run."""
    (settings.home / "rows-from").write_text("vendor\n")

    with pytest.raises(SettingsError, match="they would mix"):
        plan(settings, RUN, scope(settings, Interval.H1))

    assert vendor.account(KEY).requests == 0


def test_a_run_without_a_key_does_not_say_whose_rows_a_home_holds(settings_for: Callable[..., Settings]) -> None:
    keyless = settings_for("https://kwery-api.com", key="")

    with pytest.raises(PipelineError, match="KWERY_API_KEY"):
        plan(keyless, RUN, scope(keyless, Interval.H1))

    assert not (keyless.home / "rows-from").exists()
