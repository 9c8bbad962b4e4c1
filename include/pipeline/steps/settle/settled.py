"""What the settle step returns."""

from __future__ import annotations

from dataclasses import dataclass

from include.pipeline.progress import Jsonable


@dataclass(frozen=True, slots=True)
class Settled(Jsonable):
    """What was closed in the ledger."""

    batches: int = 0
    windows: int = 0
