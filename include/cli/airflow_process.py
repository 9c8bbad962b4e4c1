"""How the command line starts Airflow: as another process, since nothing here imports it."""

from __future__ import annotations

import os

from include.settings import ROOT


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that may import this checkout and its plugins, with `more` on top."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}", **more}
