"""Faults on the wire; the answer was computed and is charged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.simulator.faults.base import Fault

if TYPE_CHECKING:
    from include.simulator.responses import VendorResponse


class Timeout(Fault):
    """Holds the answer for `hold_seconds` (60), longer than most clients wait; the request is charged."""

    def reshape(self, answer: VendorResponse) -> None:
        answer.delay_seconds += self.tuning.hold_seconds


class Slow(Fault):
    """Delays the answer by `slow_seconds` (1)."""

    def reshape(self, answer: VendorResponse) -> None:
        answer.delay_seconds += self.tuning.slow_seconds


class CutBody(Fault):
    """Closes the connection in the middle of the body: fewer bytes than Content-Length; the request is charged."""

    def reshape(self, answer: VendorResponse) -> None:
        answer.cut = True
