"""A bound of memory for a process in which the engine answers what people write.

The engine bounds what a query works on, not what it formats an answer with: a single cell of 800 MB takes seven times
as much on its way out. So the whole process is watched.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from include.cli.exit_codes import ExitCode

LOOK_SECONDS = 0.01
_SHARE = 0.9
"""Of the bound: what the process takes between two looks fits into the rest."""
_PAGE_BYTES = resource.getpagesize()


@contextmanager
def bounded_memory(bound_bytes: int, sentence: str) -> Iterator[None]:
    """A block in which the process ends, with `sentence`, before it holds more than `bound_bytes` of memory.

    It may take half of the bound in any case, however much it holds already.
    """
    most = max(bound_bytes, _held() + bound_bytes // 2) * _SHARE
    over = threading.Event()
    threading.Thread(target=_watch, args=(most, over, sentence.encode()), name="memory", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _watch(most_bytes: float, over: threading.Event, sentence: bytes) -> None:
    while not over.wait(LOOK_SECONDS):
        if _held() > most_bytes:
            os.write(2, b"oi: %b\n" % sentence)
            os._exit(ExitCode.FAILED)  # the engine returns to Python only when a query has ended


def _held() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm", "rb") as counts:
        return int(counts.read().split()[1]) * _PAGE_BYTES
