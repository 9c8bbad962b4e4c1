"""Standard output that cannot stop a run: a write error is reported at its end."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class ForgivingFile(io.FileIO):
    """Writes to a descriptor; from the first failure on everything is dropped.

    `failure` is what went wrong. A reader that left early, such as `head`, is not a failure; then `is_gone` is true.
    """

    failure: OSError | None = None
    is_gone = False

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.is_gone = True
            if not isinstance(error, BrokenPipeError):
                self.failure = error
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            return memoryview(data).nbytes


def forgiving_output(descriptor: int, before: TextIO | None) -> TextIO:
    """A text stream over a `ForgivingFile`, in the encoding of the stream `before` it.

    A character that the encoding lacks is written as its escape.
    """
    file = ForgivingFile(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=before.encoding if before is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=descriptor == 2 or file.isatty(),
    )


def failure_of_stdout() -> OSError | None:
    """The error that kept the answer from being written; None when all of it was."""
    sys.stdout.flush()
    raw = _raw_stdout()
    return raw.failure if raw else None


def is_read() -> bool:
    """False once nobody reads stdout any more, or it cannot be written: what follows would be dropped."""
    raw = _raw_stdout()
    return not (raw and raw.is_gone)


def _raw_stdout() -> ForgivingFile | None:
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw if isinstance(raw, ForgivingFile) else None
