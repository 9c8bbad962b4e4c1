"""What each step hands to the next: small, JSON-able, so that it may travel between tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from include.domain.next_step import NextStep


class Jsonable:
    """A dataclass that travels as a dictionary of its fields."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return asdict(self)  # type: ignore[call-overload,no-any-return] # a mixin of dataclasses only


@dataclass(frozen=True, slots=True)
class Stop(Jsonable):
    """Why reading ended before its work did."""

    next_step: NextStep
    message: str
    wait_seconds: float | None = None
    is_failure: bool = False
    """True when something broke, a term of the vendor or the landing zone; a budget or a rate is not a failure."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `stage` is planning, reading, validating, waiting or replaying."""

    stage: str
    windows_done: int = 0
    windows: int = 0
    requests: int = 0
    rows: int = 0
    credits: int = 0
    label: str = ""


OnProgress = Callable[[Progress], None]
