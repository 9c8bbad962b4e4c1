"""Code in a process of its own, where nothing is imported yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from include.settings import ROOT


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs code in a fresh process whose home and working directory is `home`."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env={"PYTHONPATH": str(ROOT), "HOME": str(home), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
