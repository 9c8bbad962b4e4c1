"""One worker of many: reads the windows that it can claim after a line of input; it may die on the way.

extractor.py POINT WINDOW...     POINT: a point of reading at whose first call it is killed (or what
                                 OI_TEST_DISASTER names happens), or `none`
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext

from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.extract import extract
from include.settings import load_settings
from tests.crash.disasters import armed
from tests.crash.points import POINTS


def main() -> None:
    """Says `ready`, waits for a line, reads."""
    point, *window_ids = sys.argv[1:]
    run = RunSpec(os.environ["OI_TEST_RUN"], "backfill", one_process=False)
    with nullcontext() if point == "none" else armed(POINTS[point], 1, os.environ.get("OI_TEST_DISASTER", "kill")):
        print("ready", flush=True)
        sys.stdin.readline()
        extracted = extract(load_settings(), run, window_ids)
    print(extracted.requests, flush=True)


if __name__ == "__main__":
    main()
