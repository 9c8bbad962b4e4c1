"""The limits are set in processes of their own, which cannot raise them again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_SECONDS

OF_A_USER = """
import os, resource
from include.host.limits import threads_problem
if os.getuid() == 0:  # whom no limit of processes binds
    os.setgroups([])
    os.setuid(54321)
resource.setrlimit(resource.RLIMIT_NPROC, ({limit}, {limit}))
print(threads_problem({needed}))
"""
OF_A_FILE = """
import resource
from include.host.limits import file_size_problem
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
print(file_size_problem())
"""


def said(program: str, **limits: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program.format(**limits)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return done.stdout.strip()


def test_too_few_threads_are_a_problem() -> None:
    assert said(OF_A_USER, limit=20, needed=64).startswith("only ")
    assert "ulimit -u" in said(OF_A_USER, limit=20, needed=64)


def test_enough_threads_are_none() -> None:
    assert said(OF_A_USER, limit=4095, needed=8) == "None"


@pytest.mark.parametrize(("limit", "problem"), [(512, "a file may hold 0 KiB here (ulimit -f)"), (1 << 26, "None")])
def test_a_file_must_have_room_to_grow(limit: int, problem: str) -> None:
    assert said(OF_A_FILE, limit=limit).startswith(problem)
