"""What happens after an error: wait, retry, stop the series, or stop the run."""

from __future__ import annotations

from enum import StrEnum


class NextStep(StrEnum):
    """What happens after an error."""

    WAIT = "wait"
    RETRY = "retry"
    STOP_SERIES = "stop_series"
    STOP_RUN = "stop_run"
