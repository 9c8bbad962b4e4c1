"""Open windows of the ledger beside a scope: which of them a run takes along, and what they still request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from include.domain.market import SOURCES, Series
from include.domain.time_range import TimeRange
from include.ledger.database.models.work import WindowState
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.scope import ResolvedScope
from include.planning.windows.windows import Packing, PlannedWindow, quote


def overlaps(window: OpenWindow, scope: ResolvedScope) -> bool:
    """True when the window may hold rows that the scope wants."""
    if window.end <= scope.start or scope.end <= window.start:
        return False
    return scope.holds(window.stream)


def lies_inside(window: OpenWindow, scope: ResolvedScope) -> bool:
    """True when the window requests no time outside the scope, but for the rest of the bucket in which that ends."""
    return scope.start <= window.start and window.end <= scope.end + window.stream.interval.step


def is_ours(window: OpenWindow, scope: ResolvedScope) -> bool:
    """True for open work that a run of the scope takes along: half-read windows, and planned ones inside it."""
    if window.state is WindowState.PLANNED:
        return overlaps(window, scope) and lies_inside(window, scope)
    return window.state is WindowState.READING and overlaps(window, scope)


def remaining(window: OpenWindow, packing: Packing) -> PlannedWindow:
    """The unread part of a queued window."""
    rows = max(0, window.expected_rows - window.rows)
    return quote(window.stream, window.resume_start or window.start, window.end, rows, packing)


def ranges_by_series(found: Iterable[OpenWindow]) -> dict[Series, list[TimeRange]]:
    """The time of windows, under each series that their answers may hold."""
    stretches: dict[Series, list[TimeRange]] = defaultdict(list)
    for window in found:
        stream = window.stream
        for source in SOURCES if stream.source is None else (stream.source,):
            stretches[Series(stream.symbol, source, stream.interval)].append(TimeRange(window.start, window.end))
    return dict(stretches)
