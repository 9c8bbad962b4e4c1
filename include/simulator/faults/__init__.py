"""Faults by name: what the simulator can do wrong on purpose, and which of it strikes a request."""

from __future__ import annotations

from inspect import cleandoc
from random import Random

from include.simulator.faults.base import Fault, FaultTuning
from include.simulator.faults.delivery import CutBody, Slow, Timeout
from include.simulator.faults.distortions import (
    ConflictingRows,
    DuplicateRows,
    MalformedRows,
    MissingRows,
    OddCoarse,
    ShuffledRows,
)
from include.simulator.faults.drift import DriftingEnvelope
from include.simulator.faults.poor_answers import (
    ErrorBesideData,
    IgnoredRange,
    OddCharge,
    OtherMeta,
    PartialResult,
    UnreadableTimestamps,
)
from include.simulator.faults.ranges import Clamped, SilentClip
from include.simulator.faults.refusals import ExpiringCursor, InternalError, RateLimitStorm, Unavailable

FAULTS: dict[str, type[Fault]] = {
    "rate_limit_storm": RateLimitStorm,
    "internal_error": InternalError,
    "unavailable": Unavailable,
    "expiring_cursor": ExpiringCursor,
    "silent_clip": SilentClip,
    "clamped": Clamped,
    "ignored_range": IgnoredRange,
    "odd_coarse": OddCoarse,
    "duplicate_rows": DuplicateRows,
    "shuffled_rows": ShuffledRows,
    "missing_rows": MissingRows,
    "conflicting_rows": ConflictingRows,
    "malformed_rows": MalformedRows,
    "unreadable_timestamps": UnreadableTimestamps,
    "partial_result": PartialResult,
    "odd_charge": OddCharge,
    "error_beside_data": ErrorBesideData,
    "other_meta": OtherMeta,
    "drifting_envelope": DriftingEnvelope,
    "timeout": Timeout,
    "slow": Slow,
    "cut_body": CutBody,
}
"""Every fault, in the order in which those that strike together act."""


def describe_faults() -> dict[str, str]:
    """Each fault's name and what it does, for a help text."""
    return {name: cleandoc(fault.__doc__ or "") for name, fault in FAULTS.items()}


def check_faults(rates: dict[str, float]) -> None:
    """Raises ValueError for a fault that does not exist or a rate outside 0 to 1."""
    for name, rate in rates.items():
        if name not in FAULTS:
            raise ValueError(f"fault {name!r} is not one of {', '.join(FAULTS)}")
        if not 0 <= rate <= 1:
            raise ValueError(f"fault {name}={rate}: the rate is a share of requests, 0 to 1")


class FaultSet:
    """The faults that are on; which request each strikes is decided by the seed and the request's number."""

    def __init__(self, seed: int, rates: dict[str, float], tuning: FaultTuning) -> None:
        self._seed = seed
        self._tuning = tuning
        self.rates: dict[str, float] = {}
        self.turn_on(rates)

    def turn_on(self, rates: dict[str, float]) -> None:
        """Replaces the faults that are on; raises ValueError for an unknown fault or rate."""
        check_faults(rates)
        self.rates = dict(rates)

    def strike(self, number: int, after: str | None) -> dict[str, Fault]:
        """The faults that hit request `number`, by name."""
        return {
            name: fault(number, Random(f"{self._seed}/{name}/draw/{number}"), self._tuning)
            for name, fault in FAULTS.items()
            if name in self.rates and fault.strikes(self._seed, number, self.rates[name], after)
        }
