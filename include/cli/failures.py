"""From an exception to one sentence on stderr and an exit code; a traceback only when asked for."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from include.cli.exit_codes import ExitCode
from include.cli.output import failure_of_stdout
from include.domain.display import shown
from include.domain.errors import OiError, UsageError

INTERRUPTED = (
    "interrupted: every page that was paid for is kept, nothing is half-written; the same command continues there"
)

KEPT = "What was paid for is kept."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_RIGHTS = "check its owner and its rights (ls -l); a command under sudo leaves files of root"
_KIND = "a file stands where a folder belongs, or the reverse: move it away"
_REMEDIES = {
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOTDIR: _KIND,
    errno.EISDIR: _KIND,
    errno.ELOOP: "a symbolic link leads back to itself: remove it",
    errno.EIO: "the disk reports an error: check it (dmesg)",
}
"""What to do about a file that is in the way."""


@contextmanager
def explained() -> Iterator[None]:
    """Ends the process with a message and an exit code; OI_TRACEBACK=1 also shows the traceback."""
    try:
        yield
    except SystemExit as leaving:
        if leaving.code == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into this code without a word
            _leave(INTERRUPTED, ExitCode.INTERRUPTED)
        _finish_output()
        raise
    except Exception as error:
        if os.environ.get("OI_TRACEBACK"):
            sys.stderr.write(shown(traceback.format_exc()))
            sys.exit(explain(error)[1])
        _leave(*explain(error))
    _finish_output()


def explain(error: Exception) -> tuple[str, ExitCode]:
    """The sentence and the exit code for an exception that reached the top."""
    if isinstance(error, UsageError):
        return str(error), ExitCode.USAGE
    sentence = _machine_sentence(error)
    if sentence is not None:
        return sentence, ExitCode.FAILED
    if isinstance(error, OiError):
        return str(error), ExitCode.FAILED
    return (
        f"{type(error).__name__}: {error}\n"
        f"This was not expected. {KEPT} "
        "Put OI_TRACEBACK=1 before the same command to see where it happened.",
        ExitCode.FAILED,
    )


def _machine_sentence(error: Exception) -> str | None:
    """The message where memory, open files or disk space ran out, or a file is in the way; None for other errors."""
    if isinstance(error, MemoryError):
        return f"the machine gave this process no more memory (ulimit -v, or a container's limit). {KEPT}"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return f"{error.strerror}: run 'ulimit -n 1024' first, or raise the limit of the service. {KEPT}"
    if isinstance(error, OSError) and error.errno in _FULL:
        place = error.filename or "a file or the output"
        return f"{place} cannot be written ({error.strerror}): free space there (df, ulimit -f). {KEPT}"
    if isinstance(error, FileNotFoundError) and error.filename is None:  # how Python says that it found no such folder
        return f"{error.strerror}: free space there (df, ulimit -f), or set TMPDIR to a folder with room. {KEPT}"
    if isinstance(error, OSError) and error.errno in _REMEDIES and error.filename:
        remedy = _REMEDIES[error.errno]
        return f"{error.filename} cannot be used ({error.strerror}): {remedy}. Then run the same command again. {KEPT}"
    return None


def _finish_output() -> None:
    failure = failure_of_stdout()
    if failure is not None:
        _leave(f"the answer could not be written to stdout ({failure.strerror}). {KEPT}", ExitCode.FAILED)


def _leave(sentence: str, code: ExitCode) -> NoReturn:
    sys.stderr.write(f"oi: {shown(sentence)}\n")
    sys.exit(code)
