"""What a window that was read and judged claims of each series; a pure function of what is known (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.domain.clock import iso
from include.domain.market import SOURCES, Series
from include.domain.time_range import TimeRange, intersect, merge, subtract
from include.kwery.answers.doubts import Doubt, united
from include.ledger.database.models.work import WindowState
from include.ledger.work.pages import PageRef
from include.ledger.work.windows import OpenWindow
from include.planning.windows.coverage import Coverage, Covered, first_row, observe, unconfirmed_before, was_tracked
from include.planning.windows.series_finding import SeriesFinding

MOST_SLOW_CLOCK = timedelta(days=1)
"""Slower by a day at most, a clock still bounds what is bought again, since it passes the newest rows within a day."""


@dataclass(frozen=True, slots=True)
class SeriesClaim:
    """What was known of a series `before`, as its new first row leaves it, and what the window adds."""

    before: Sequence[Covered]
    new: Sequence[Covered]


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a window, and a sentence where its start is possibly clipped."""

    by_series: Mapping[Series, SeriesClaim]
    note: str | None


def claims_of(
    window: OpenWindow,
    refs: Sequence[PageRef],
    findings: Sequence[SeriesFinding],
    known: Coverage,
    up_to_date: timedelta,
) -> Claims:
    """The claims of a window whose pages are all judged; `known` is the coverage of its symbol and interval."""
    found = _found_by_series(window, findings)
    observed_at = _observed_at(window, refs, found.values())
    requested_at = max(observed_at, min(ref.known_at for ref in refs)) if Doubt.FROM_CACHE in window.doubts else None
    clipped_until = _clipped_until(window, found, known, up_to_date)
    # Without a row of its range, a refused window would cost the same at each run: its time is unproven like other
    # silence. With rows, the next run requests the rest.
    is_silent = window.state is WindowState.REFUSED and not any(found.values())
    by_series = {}
    for series, stretches in found.items():
        before = unconfirmed_before(known[series], stretches[0].start, up_to_date) if stretches else known[series]
        doubts = united((*_doubts_of(series, window, findings), *([Doubt.ROWS_HELD_BACK] if is_silent else [])))
        if stretches and stretches[0].start <= series.interval.ceil(window.start):  # no row took another's place
            doubts = tuple(one for one in doubts if one is not Doubt.ROWS_SHIFTED)
        asked, clipped = TimeRange(window.start, window.end), clipped_until[series]
        entries = observe(asked, stretches, series.interval, observed_at, doubts, clipped, requested_at)
        # Another window that ended early says only where its rows are.
        is_read = window.state is WindowState.LANDED or is_silent
        new = [one for one in entries if is_read or one.found == "rows"]
        by_series[series] = SeriesClaim(before, new)
    return Claims(by_series, _note(window, clipped_until))


def _doubts_of(series: Series, window: OpenWindow, findings: Iterable[SeriesFinding]) -> tuple[Doubt, ...]:
    """Why the window's silence proves nothing of a series: by its answers, by their rows, by rows of the series.

    Rows that name no known series may belong to any.
    """
    raised = [*window.doubts, *_overlap_of_batches(window, findings)]
    for one in findings:
        own = one.series == series or one.series.source not in SOURCES
        raised += [doubt for doubt in one.doubts if own or doubt.is_of_whole_answer]
    return united(raised)


def _overlap_of_batches(window: OpenWindow, findings: Iterable[SeriesFinding]) -> Iterator[Doubt]:
    """A doubt for buckets that pages of several batches hold: each batch is judged without sight of the others.

    The bucket from which a lost cursor was replaced by time is expected twice.
    """
    interval, resumed = window.stream.interval, window.resume_start
    expected = [TimeRange(interval.floor(resumed), interval.floor(resumed) + interval.step)] if resumed else []
    held: dict[Series, list[TimeRange]] = {}
    for one in findings:
        before, new = held.get(one.series, []), one.found
        if subtract(intersect(before, new), expected):
            yield Doubt.PAGES_OVERLAP
        held[one.series] = merge([*before, *new])


def _note(window: OpenWindow, clipped_until: Mapping[Series, datetime | None]) -> str | None:
    before = [f"{series.source} before {iso(edge)}" for series, edge in clipped_until.items() if edge is not None]
    clipped = [f"possibly clipped: no row of {', '.join(before)}"] if before else []
    return "; ".join([*([window.note] if window.note else []), *clipped]) or None


def _observed_at(window: OpenWindow, refs: Sequence[PageRef], found: Iterable[Sequence[TimeRange]]) -> datetime:
    """When the vendor made the window's first page: by its clock, corrected where the rows show that clock to be slow.

    A row proves that its bucket had begun, and nothing later: that moment counts, whatever the worker's clock shows.
    A vendor's clock that is slower than MOST_SLOW_CLOCK does not count, as if there were no Date: the worker's does.
    Otherwise each run would buy an answer with a Date of years ago again.
    """
    observed = [ref.observed_at for ref in refs]
    newest = max((stretches[-1].end - window.stream.interval.step for stretches in found if stretches), default=None)
    slow = newest - max(observed) if newest is not None else timedelta()
    if newest is None or slow <= timedelta():
        return min(observed)
    worker = min(ref.received_at for ref in refs)
    return worker if slow > MOST_SLOW_CLOCK and worker > newest else min(observed) + slow


def _found_by_series(window: OpenWindow, findings: Iterable[SeriesFinding]) -> dict[Series, list[TimeRange]]:
    """The stretches that arrived, for every series that the window's answers speak about."""
    stream = window.stream
    sources = SOURCES if stream.source is None else (stream.source,)
    found: dict[Series, list[TimeRange]] = {Series(stream.symbol, source, stream.interval): [] for source in sources}
    for one in findings:
        if one.series in found:
            found[one.series] += one.found
    return {series: merge(stretches) for series, stretches in found.items()}


def _clipped_until(
    window: OpenWindow,
    found: Mapping[Series, Sequence[TimeRange]],
    known: Coverage,
    up_to_date: timedelta,
) -> dict[Series, datetime | None]:
    """Up to where the silence of each series may be a cut start (behaviour 36), where that is not on time.

    That is up to the first row of any source, since the vendor's plan may begin there, and up to the first row ever
    seen of the series itself, since how far back the vendor has rows differs from source to source. A series that
    begins while it is tracked leaves no doubt, and one that never had a row has no first one: two reads prove it
    empty.
    """
    here = {series: stretches[0].start for series, stretches in found.items() if stretches}
    ever = {series: first for series, entries in known.items() if (first := first_row(entries))}
    plan_begins = min((here or ever).values(), default=window.start)
    on_time = window.stream.interval.ceil(window.start) + window.stream.interval.step
    edges: dict[Series, datetime | None] = {}
    for series in found:
        begins = [first[series] for first in (here, ever) if series in first]
        tracked = was_tracked(known[series], window.start, up_to_date)
        edge = max(plan_begins, min(begins) if begins and not tracked else plan_begins)
        edges[series] = edge if edge > on_time else None
    return edges
