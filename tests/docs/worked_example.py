"""A worked example of docs/extending.md, done as a reader would: in a copy of the project, block by block.

A `diff` block changes a file or makes one; what it changes must stand in the file exactly once. An `sh` block is run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from include.configuration.variables import ENVIRONMENT
from include.settings import ROOT
from tests.docs.pages import Block
from tests.patience import PATIENCE_SECONDS

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".oi", ".*_cache", ".hypothesis", ".env")


def copy_of_the_project(place: Path) -> Path:
    """A copy with the packages of this one, and with its bytecode, which is valid there: times of files are kept."""
    copy = place / "project"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
    return copy


def follow(block: Block, copy: Path) -> None:
    """Does what a block says; other languages are for reading."""
    if block.language == "diff":
        _change(copy, block.text)
    elif block.language == "sh":
        _run(copy, block.text)


def _change(copy: Path, diff: str) -> None:
    for change in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
        _change_file(copy, change)


def _change_file(copy: Path, change: str) -> None:
    header, *hunks = re.split(r"^@@\n", change, flags=re.MULTILINE)
    file = copy / header.rpartition("+++ b/")[2].strip()
    if header.startswith("/dev/null"):
        assert not file.exists(), f"{file} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    for hunk in hunks:
        lines = [(line[:1] or " ", line[1:]) for line in hunk.splitlines()]
        old, new = ("".join(f"{text}\n" for sign, text in lines if sign in signs) for signs in (" -", " +"))
        present = file.read_text()
        assert not old or present.count(old) == 1, f"{file} has this {present.count(old)} times, not once:\n{old}"
        file.write_text(present.replace(old, new, 1) if old else present + new)


def _run(copy: Path, commands: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in (*ENVIRONMENT, "OI_CONFIG")}
    environment |= {
        "OI_HOME": str(copy / ".oi"),
        "TMPDIR": str(copy.parent),
        "PYTHONPATH": f"{copy}:{copy / 'plugins'}",
    }
    done = subprocess.run(
        ["sh", "-euc", commands],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
