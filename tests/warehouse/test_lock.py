from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from include.warehouse import WarehouseError
from include.warehouse.lock import file_lock

HOLDER = """
import sys, time
from pathlib import Path
from include.warehouse.lock import file_lock
with file_lock(Path(sys.argv[1]), 1):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path / "lock"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_held_lock_is_refused_with_the_holder_and_the_next_step(holder: subprocess.Popen, tmp_path: Path):
    with (
        pytest.raises(WarehouseError, match=f"process {holder.pid}.*lock_timeout_seconds"),
        file_lock(tmp_path / "lock", 0.2),
    ):
        pass


def test_a_suspended_holder_is_named_as_such(holder: subprocess.Popen, tmp_path: Path):
    """So is one that was suspended while it waited: nobody passes it."""
    holder.send_signal(signal.SIGSTOP)
    advice = rf"process {holder.pid}, which is stopped: `kill -CONT {holder.pid}`"
    with pytest.raises(WarehouseError, match=advice), file_lock(tmp_path / "lock", 0.2):
        pass
    with FileLock(tmp_path / "free.next"):
        (tmp_path / "free.next").write_text(f"{holder.pid}\n")
        with pytest.raises(WarehouseError, match="the next in line, which is stopped"), file_lock(tmp_path / "free", 0):
            pass


def test_the_lock_of_a_killed_process_is_free(holder: subprocess.Popen, tmp_path: Path):
    holder.send_signal(signal.SIGKILL)
    with file_lock(tmp_path / "lock", 10):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_second_opening_in_one_process_is_named_as_such(tmp_path: Path):
    with (
        file_lock(tmp_path / "lock", 0),
        pytest.raises(WarehouseError, match="this process"),
        file_lock(tmp_path / "lock", 0.1),
    ):
        pass


def test_a_disk_with_no_room_for_the_holders_name_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with file_lock(tmp_path / "warehouse.lock", 0):
        pass


def test_the_lock_is_free_after_use_and_after_an_error(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), file_lock(tmp_path / "new" / "lock", 0):
        _ = 1 / 0
    with file_lock(tmp_path / "new" / "lock", 0):
        pass


def test_a_forked_child_does_not_keep_a_lock_that_was_released(tmp_path: Path):
    with file_lock(tmp_path / "lock", 0):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
    try:
        with file_lock(tmp_path / "lock", 0):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_lock_can_be_released_in_another_thread(tmp_path: Path):
    held = file_lock(tmp_path / "lock", 0)
    held.__enter__()
    with ThreadPoolExecutor(1) as other:
        other.submit(held.__exit__, None, None, None).result()
    with file_lock(tmp_path / "lock", 0):
        pass
