"""Ctrl-C while the engine is at work, which returns to Python only when a query has ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from include.cli.exit_codes import ExitCode

PATIENCE_SECONDS = 2.0
"""How long an interrupted command may take to end as usual."""
_ENDED = b"oi: interrupted: the query was ended\n"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ends_at_once() -> Iterator[None]:
    """A block that only reads: Ctrl-C ends the process, whatever it does, at the latest after PATIENCE_SECONDS."""
    arrived, written = os.pipe()
    os.set_blocking(written, False)
    before = signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    over = threading.Event()
    threading.Thread(target=_watch, args=(arrived, over), name="interrupt", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(written)


def _watch(arrived: int, over: threading.Event) -> None:
    """Python's own handler runs between two of its instructions, the system's writes into the pipe at once."""
    with open(arrived, "rb", buffering=0) as signals:
        while number := signals.read(1):
            if number[0] in _SIGNALS:
                break
        else:
            return  # the block has ended
    if not over.wait(PATIENCE_SECONDS):
        os.write(2, _ENDED)
        os._exit(ExitCode.INTERRUPTED)
