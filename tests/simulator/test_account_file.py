"""What accounts of the simulator have used, in a file."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from include.simulator.accounts import account_id
from include.simulator.config import SimulatorConfig
from include.simulator.simulator import Simulator

from .conftest import NOW

KEY = "kwery_test_business_kept"
HOUR = {"symbol": "BTC", "interval": "1h", "start": "2026-03-07T00:00:00Z", "end": "2026-03-07T05:00:00Z"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "accounts.json"


@pytest.fixture
def start(file: Path) -> Callable[..., Simulator]:
    """Another simulator with the same file."""
    return lambda **more: Simulator(SimulatorConfig(**{"now": NOW, "accounts": file, **more}))


def used(simulator: Simulator) -> int:
    return int(simulator.account_page("limits", KEY, {}).body["credits"]["used"])


def test_usage_outlives_the_simulator(start: Callable[..., Simulator], file: Path) -> None:
    first = start()
    paid = int(first.open_interest(KEY, HOUR).headers["X-Credits-Used"])
    again = start()

    assert used(again) == used(first) == paid > 0
    assert (again.accounts.of(KEY).requests, again.accounts.of(KEY).credits) == (2, paid)
    assert KEY not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_usage_is_on_the_disk_before_the_answer_leaves(start: Callable[..., Simulator], file: Path) -> None:
    """A simulator that is killed after an answer has charged for it."""
    simulator = start()
    for _ in range(3):
        simulator.open_interest(KEY, HOUR)
        kept = json.loads(file.read_text())["accounts"][account_id(KEY)]
        assert kept["credits"] == simulator.accounts.of(KEY).credits
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_usage_counts_for_its_own_month(start: Callable[..., Simulator]) -> None:
    start().open_interest(KEY, HOUR)
    assert used(start(now=NOW + timedelta(days=31))) == 0
    assert used(start()) > 0


def test_a_simulator_without_a_file_starts_with_unused_accounts() -> None:
    Simulator(SimulatorConfig(now=NOW)).open_interest(KEY, HOUR)
    assert used(Simulator(SimulatorConfig(now=NOW))) == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"form": 2, "accounts": {}}', '{"form": 1, "accounts": {"a": {"b": 1}}}']
)
def test_a_file_of_something_else_is_refused(start: Callable[..., Simulator], file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(ValueError, match=r"accounts\.json does not hold .* remove it"):
        start()
    assert file.read_text() == text
