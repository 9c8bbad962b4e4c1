"""The bound is tried in a process of its own, which it ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_SECONDS

TAKES = """
from include.cli.memory import bounded_memory
import time
with bounded_memory(200_000_000, "too much"):
    held = [bytes([one]) * 1_000_000 for one in range({megabytes})]
    time.sleep({seconds})
print("went on")
"""


@pytest.mark.parametrize(
    ("megabytes", "seconds", "ended"), [(50, 0, (0, "went on\n", "")), (250, 60, (1, "", "oi: too much\n"))]
)
def test_a_process_ends_before_it_takes_more_than_its_bound(
    megabytes: int, seconds: int, ended: tuple[int, str, str]
) -> None:
    program = TAKES.format(megabytes=megabytes, seconds=seconds)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == ended
