"""What the load step returns."""

from __future__ import annotations

from dataclasses import dataclass

from include.pipeline.progress import Jsonable


@dataclass(frozen=True, slots=True)
class Loaded(Jsonable):
    """Rows that publishing found new, restated or known, and rows that it put into quarantine."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.quarantined + other.quarantined,
        )
