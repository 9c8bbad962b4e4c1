"""One worker of many: reads the windows it can claim, once it is told to; it may die on the way.

extractor.py POINT WINDOW...     POINT: a point of reading at whose first call it is killed, or `none`
"""

from __future__ import annotations

import os
import signal
import sys

from include import pipeline
from include.settings import load_settings
from tests.crash.driver import strike
from tests.crash.points import POINTS


def main() -> None:
    """Says `ready`, waits for a line, reads."""
    point, *window_ids = sys.argv[1:]
    if point != "none":
        strike(POINTS[point], 1, lambda: os.kill(os.getpid(), signal.SIGKILL))
    run = pipeline.RunSpec(os.environ["OI_TEST_RUN"], "backfill", one_process=False)
    print("ready", flush=True)
    sys.stdin.readline()
    extracted = pipeline.extract(load_settings(), run, window_ids)
    print(extracted.requests, flush=True)


if __name__ == "__main__":
    main()
