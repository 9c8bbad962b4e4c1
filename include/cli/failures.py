"""From an exception to one sentence on stderr and an exit code; a traceback only when asked for."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from include.cli.exit_codes import ExitCode
from include.shown import shown

INTERRUPTED = (
    "interrupted: every page that was paid for is kept, nothing is half-written; the same command goes on from there"
)


@contextmanager
def explained() -> Iterator[None]:
    """Ends the process with a sentence and an exit code instead of a traceback; OI_TRACEBACK=1 shows that too."""
    try:
        yield
    except SystemExit as leaving:
        if leaving.code == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into this code without a word
            _leave(INTERRUPTED, ExitCode.INTERRUPTED)
        raise
    except Exception as error:
        if os.environ.get("OI_TRACEBACK"):
            sys.stderr.write(shown(traceback.format_exc()))
            sys.exit(ExitCode.FAILED)
        _leave(*explain(error))


def explain(error: Exception) -> tuple[str, ExitCode]:
    """The sentence and the exit code for an exception that reached the top."""
    from include.settings import SettingsError

    if isinstance(error, SettingsError):
        return str(error), ExitCode.USAGE

    from include.landing.errors import LandingError
    from include.ledger.engine import LedgerError
    from include.pipeline.errors import PipelineError
    from include.quality.errors import QualityError
    from include.warehouse.errors import WarehouseError

    if isinstance(error, PipelineError | WarehouseError | LedgerError | LandingError | QualityError):
        return str(error), ExitCode.FAILED
    return (
        f"{type(error).__name__}: {error}\n"
        "This was not expected. What was paid for is kept. "
        "OI_TRACEBACK=1 in front of the same command shows where it happened.",
        ExitCode.FAILED,
    )


def _leave(sentence: str, code: ExitCode) -> None:
    sys.stderr.write(f"oi: {shown(sentence)}\n")
    sys.exit(code)
