"""Superset's own command line, in the environment that `make bi` installs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from include.cli.commands.bi import PYTHON


@pytest.mark.bi
def test_the_command_line_starts_and_imports_dashboards(tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path), "SUPERSET_SECRET_KEY": "refused without one"}
    command = [str(PYTHON.with_name("superset")), "--help"]
    ran = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "import-dashboards" in ran.stdout
