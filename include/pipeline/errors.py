"""Failures that end a step, sorted by what happens next."""

from __future__ import annotations

from include.domain.errors import OiError
from include.domain.next_step import NextStep


class PipelineError(OiError):
    """A step cannot continue; a scheduler reads `next_step` and `wait_seconds`."""

    def __init__(self, message: str, next_step: NextStep, wait_seconds: float | None = None) -> None:
        super().__init__(message, next_step=next_step, wait_seconds=wait_seconds)
