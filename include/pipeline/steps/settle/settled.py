"""What the settle step returns."""

from __future__ import annotations

from dataclasses import dataclass

from include.pipeline.progress import Jsonable


@dataclass(frozen=True, slots=True)
class Settled(Jsonable):
    """How many batches and windows were settled."""

    batches: int = 0
    windows: int = 0
