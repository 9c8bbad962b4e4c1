"""What the pages of a window hold of one series: validation finds it, the ledger keeps it, settling claims by it."""

from __future__ import annotations

from dataclasses import dataclass

from include.domain.market import Series
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import Doubt


@dataclass(frozen=True, slots=True)
class SeriesFinding:
    """What a batch found of one series in one window: received = accepted + quarantined + duplicates + outside.

    A row counts for the requested series; where all sources were requested, the row itself names the source
    (UNKNOWN_SOURCE when it names none).
    """

    window_id: str
    series: Series
    received: int
    accepted: int
    quarantined: int
    duplicates: int
    outside: int
    blocked: bool
    found: list[TimeRange]
    """Where in the window rows arrived, adjacent grid points in one range; quarantined and repeated rows count."""
    doubts: tuple[Doubt, ...] = ()
    """Why the silence beside these rows proves nothing."""
