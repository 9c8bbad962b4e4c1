"""The one retry policy.

tenacity would replace the loop in `call`. In a draft with it the decision, which is most of this file, stayed and was
split over two callbacks, and the loop of paid requests needed a permit before each attempt all the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from include.domain.next_step import NextStep
from include.kwery.errors import ContractBroken, KweryError

T = TypeVar("T")
_DOUBTFUL_ATTEMPTS = 2
"""An unreadable 200 may have been charged, and a long cursor may be what fails: these are retried once only."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Whether to retry, and after what wait (behaviours 29, 32 and 33)."""

    attempts: int = 4
    max_wait_seconds: float = 60
    base_seconds: float = 0.5

    def decide(self, error: KweryError, attempt: int) -> float | None:
        """Seconds to wait after failed attempt number `attempt` (from 1), or None: give up.

        A wait that the vendor names is kept; one longer than `max_wait_seconds` means give up, not ask early.
        """
        if error.next_step not in (NextStep.WAIT, NextStep.RETRY):
            return None
        is_doubtful = isinstance(error, ContractBroken) or (error.request is not None and error.request.has_long_cursor)
        most = min(self.attempts, _DOUBTFUL_ATTEMPTS) if is_doubtful else self.attempts
        if attempt >= most:
            return None
        given = error.wait_seconds
        if given is None or given <= 0:
            return self._backoff(attempt)
        return given if given <= self.max_wait_seconds else None

    def call(self, ask: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
        """Runs a free request until it answers or the policy gives up; the last error is raised."""
        attempt = 1
        while True:
            try:
                return ask()
            except KweryError as error:
                wait = self.decide(error, attempt)
                if wait is None:
                    raise
            sleep(wait)
            attempt += 1

    def _backoff(self, attempt: int) -> float:
        """Doubles with each attempt; the upper half is random, so that workers do not return together."""
        full = min(self.base_seconds * 2.0 ** min(attempt - 1, 60), self.max_wait_seconds)
        return random.uniform(full / 2, full)
