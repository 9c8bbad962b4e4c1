"""The one base of errors: a sentence for people, and what a scheduler does next (rule 8)."""

from __future__ import annotations

from typing import Any

from include.domain.display import shown, shown_url
from include.domain.next_step import NextStep


class OiError(Exception):
    """Something failed; the message says what, where, and what to do next.

    `next_step` and `wait_seconds` are for a scheduler. The message may quote text from outside: it reads as `shown`
    gives it, and no argument keeps a login.
    """

    next_step: NextStep = NextStep.STOP_RUN
    wait_seconds: float | None = None

    def __init__(
        self, *arguments: object, next_step: NextStep | None = None, wait_seconds: float | None = None
    ) -> None:
        super().__init__(*(shown_url(one) if isinstance(one, str) else one for one in arguments))
        if next_step is not None:
            self.next_step = next_step
        if wait_seconds is not None:
            self.wait_seconds = wait_seconds

    def __str__(self) -> str:
        return shown(super().__str__())

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes to another process as it is, whatever its class takes to be made."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[OiError], arguments: tuple[object, ...], state: dict[str, object]) -> OiError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class UsageError(OiError):
    """Settings, variables, addresses or arguments cannot be used; nothing was done. The command line exits with 2."""


class Signal(Exception):
    """Ends a piece of work inside this project; its caller catches it, and nobody outside sees it."""
