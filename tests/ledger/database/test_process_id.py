from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from include.ledger.database import process_id
from include.ledger.database.process_id import is_dead, is_forsaken, is_here, this_process

NOW = datetime(2026, 3, 8, tzinfo=UTC)
MACHINE = "worker:0123456789ab:pid:[4026531836]"


def test_this_process_is_alive() -> None:
    assert not is_dead(this_process())


def test_changed_clock_calls_no_process_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    name = this_process()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 1.0)  # what the clock makes of when it began
    assert not is_dead(name)


def test_processes_are_distinct_without_proc_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_id, "_PROCESSES", tmp_path)
    place, boot, pid, start = process_id._name_of.__wrapped__(os.getpid()).split("/")
    assert not is_dead(f"{place}/{boot}/{pid}/{start}")
    assert is_dead(f"{place}/{boot}/{pid}/{float(start) - 100:.2f}")
    assert is_dead(f"{place}/{boot}/{2**22 + 1}/{start}")


def test_ended_process_is_dead() -> None:
    command = [
        sys.executable,
        "-c",
        "from include.ledger.database.process_id import this_process; print(this_process())",
    ]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(name)


def test_reused_pid_is_another_process() -> None:
    place, boot, _, start = this_process().split("/")
    assert is_dead(f"{place}/{boot}/{os.getpid()}/{int(start) - 100}")


def test_process_before_a_reboot_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_id, "_place", lambda: MACHINE)
    assert is_dead(f"{MACHINE}/another-boot/1/0.00")


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("elsewhere:0123456789ab:pid:[4026531836]", id="another host"),
        pytest.param("worker:ba9876543210:pid:[4026531836]", id="another machine with this one's host name"),
        pytest.param("worker:0123456789ab:pid:[4026532001]", id="a container with this one's host name"),
        pytest.param("elsewhere", id="a place without machine and namespace"),
    ],
)
@pytest.mark.parametrize("boot", ["this-boot", "another-boot"])
def test_process_out_of_sight_is_judged_by_its_lease_alone(
    place: str, boot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_id, "_place", lambda: MACHINE)
    monkeypatch.setattr(process_id, "_boot", lambda: "this-boot")
    away = f"{place}/{boot}/1/0.00"
    assert not is_dead(away)
    assert not is_here(away)
    assert not is_forsaken(away, NOW - timedelta(minutes=9), NOW, timedelta(minutes=10))
    assert is_forsaken(away, NOW - timedelta(minutes=11), NOW, timedelta(minutes=10))


@pytest.mark.parametrize("place", ["worker:0123456789ab:pid:[4026532001]", "worker::pid:[4026531836]"])
def test_container_of_another_boot_is_not_called_dead(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_id, "_place", lambda: place)
    assert not is_dead(f"{place}/another-boot/1/0.00")


def test_zombie_is_dead() -> None:
    command = [
        sys.executable,
        "-c",
        "from include.ledger.database.process_id import this_process; print(this_process(), flush=True); input()",
    ]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    name = child.stdout.readline().strip()
    assert not is_dead(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, but left as a zombie
    assert is_dead(name)
    child.wait()
    child.stdin.close()
    child.stdout.close()
