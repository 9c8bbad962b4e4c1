from __future__ import annotations

import os
import subprocess
import sys

from include.ledger.holder import is_dead, this_process


def test_this_process_is_alive() -> None:
    assert not is_dead(this_process())


def test_a_process_that_ended_is_dead() -> None:
    command = [sys.executable, "-c", "from include.ledger.holder import this_process; print(this_process())"]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(name)


def test_another_process_with_a_reused_number_is_not_taken_for_the_old_one() -> None:
    host, boot, _, start = this_process().split("/")
    assert is_dead(f"{host}/{boot}/{os.getpid()}/{float(start) - 100:.2f}")


def test_a_holder_before_a_reboot_is_dead() -> None:
    host, _, pid, start = this_process().split("/")
    assert is_dead(f"{host}/another-boot/{pid}/{start}")


def test_a_holder_on_another_host_is_never_called_dead() -> None:
    assert not is_dead("elsewhere/boot/1/0.00")


def test_a_killed_process_that_was_not_waited_for_is_dead() -> None:
    command = [
        sys.executable,
        "-c",
        "from include.ledger.holder import this_process; print(this_process(), flush=True); input()",
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
