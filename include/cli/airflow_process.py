"""How the command line starts Airflow: as another process, since nothing here imports it."""

from __future__ import annotations

import os

from include.settings import ROOT


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that imports this checkout and its plugins first, with `more` on top."""
    folders = [str(ROOT), str(ROOT / "plugins"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, folders))), **more}
