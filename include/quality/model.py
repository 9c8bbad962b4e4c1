"""The input and the results of a validation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from include.domain.market import Stream
    from include.planning.windows.series_finding import SeriesFinding

UNKNOWN_SOURCE = "unknown"
"""The source of rows that name no known source, in the answer to a request for all sources."""


@dataclass(frozen=True, slots=True)
class PageInput:
    """One landed page. `start` and `end` bound its window `[start, end)`.

    `known_at` is when its rows were learned. `received_at` is when it arrived, by the later of the worker's clock and
    the vendor's: a row that is dated after both lies in the future.
    """

    page_path: str
    window_id: str
    stream: Stream
    start: datetime
    end: datetime
    received_at: datetime
    known_at: datetime
    body: bytes
    resumed_at: datetime | None = None
    """Where its request began, if that is inside the window: by time, after a cursor was lost (behaviour 47)."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The judgement of a batch; equal pages, in any order, give equal results.

    `accepted` is sorted by (source, interval, symbol, timestamp, known_at). A key appears once for each moment at which
    it was learned: these are successive readings; none is dropped.
    """

    accepted: pa.Table
    quarantine: pa.Table
    dq: pa.Table
    findings: list[SeriesFinding]
