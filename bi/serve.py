"""Serves Superset at BI_BIND, made ready first; see prepare.py for the environment."""

from __future__ import annotations

import os
import sys

from prepare import prepare

WORKERS = "1"  # the embedded engine opens a directory in one process only


def serve() -> None:
    """Becomes the server, so that signals reach it."""
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", WORKERS, "--worker-class", "gthread", "--threads", "8"]
    options = ["--no-control-socket", "--timeout", "120", "--bind", os.environ["BI_BIND"], "superset.app:create_app()"]
    os.execv(sys.executable, [*gunicorn, *options])  # noqa: S606 - our own command


if __name__ == "__main__":
    prepare()
    serve()
