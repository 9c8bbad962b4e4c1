"""Settle: counts are reconciled, windows closed and coverage written, in one transaction a batch (rule 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.clock import iso, parse_instant, utc_now
from include.kwery.contract import SOURCES, Series
from include.kwery.errors import NextStep
from include.ledger import batches, pages, windows
from include.ledger.batches import SeriesFinding
from include.ledger.coverage import coverage_of, replace_coverage
from include.ledger.engine import Ledger, open_ledger
from include.ledger.models import ENDED_EARLY, BatchState, WindowState
from include.ledger.pages import PageRef
from include.ledger.windows import OpenWindow
from include.pipeline import batchfiles
from include.pipeline.errors import PipelineError
from include.pipeline.needs import freshness_of
from include.pipeline.results import Settled
from include.planning.coverage import Covered, doubted_before, first_row, observe, overlay, was_followed
from include.planning.schedule import every
from include.planning.stretches import Stretch, normalise
from include.settings import Settings


def settle(settings: Settings, batch_ids: Sequence[str]) -> Settled:
    """Closes published batches and every window whose pages are all in settled batches.

    Raises PipelineError when rows received are not the rows accounted for; nothing of that batch is claimed then.
    """
    closed = 0
    with open_ledger(settings.ledger_url) as ledger:
        for batch_id in batch_ids:
            closed += settle_batch(settings, ledger, batch_id)
    return Settled(len(batch_ids), closed)


def settle_batch(settings: Settings, ledger: Ledger, batch_id: str) -> int:
    """Settles one published batch; returns how many windows it closed. Repeating it changes nothing."""
    with ledger.write() as connection:
        if batches.state_of(connection, batch_id) in batches.OVER:
            return 0
        batches.set_state(connection, batch_id, BatchState.SETTLED)
        closed = sum(
            settle_if_whole(connection, settings, window_id) for window_id in batches.windows_of(connection, batch_id)
        )
    batchfiles.remove(settings.home, batch_id)
    return closed


def settle_if_whole(connection: Connection, settings: Settings, window_id: str) -> bool:
    """Settles a window that is closed and whose pages are all in settled batches; tells whether it was."""
    (window,) = windows.by_ids(connection, [window_id])
    if window.state is not WindowState.LANDED and window.state not in ENDED_EARLY:
        return False
    refs = pages.of_window(connection, window_id)
    if not refs or batches.has_unsettled_pages(connection, window_id):
        return False
    _settle_window(connection, settings, window, refs)
    return True


def _settle_window(connection: Connection, settings: Settings, window: OpenWindow, refs: Sequence[PageRef]) -> None:
    findings = batches.findings_of_window(connection, window.window_id)
    _reconcile(window, findings)
    found = _found_by_series(window, findings)
    observed_at = _observed_at(window, refs, found.values())
    known = _known(connection, window)
    up_to_date = every(window.stream.interval, timedelta(hours=settings.schedule.hourly_every_hours))
    clipped_until = _clipped_until(window, found, known, up_to_date)
    freshness = freshness_of(settings)
    entries = {}
    for series, stretches in found.items():
        before = doubted_before(known[series], stretches[0].start, up_to_date) if stretches else known[series]
        new = _observed(window, series, stretches, observed_at, clipped_until[series])
        entries[series] = overlay(before, new, series.interval, freshness)
    replace_coverage(connection, entries)
    if window.state is WindowState.LANDED:
        windows.close(connection, window.window_id, WindowState.SETTLED, utc_now(), _note(clipped_until))


def _note(clipped_until: Mapping[Series, datetime | None]) -> str | None:
    told = [f"{series.source} before {iso(edge)}" for series, edge in clipped_until.items() if edge is not None]
    return f"possibly clipped: no row of {', '.join(told)}" if told else None


def _reconcile(window: OpenWindow, findings: Iterable[SeriesFinding]) -> None:
    """Rows received = accepted + quarantined + duplicates + outside, and no row is unaccounted for (rule 3)."""
    received = accounted = 0
    for one in findings:
        received += one.received
        accounted += one.accepted + one.quarantined + one.duplicates + one.outside
    if not received == accounted == window.rows:
        raise PipelineError(
            f"{window.label}: {window.rows:,} rows arrived, {received:,} were judged and {accounted:,} are accounted "
            "for; the window is not claimed as covered. Its pages are landed and paid: please report this",
            NextStep.STOP_RUN,
        )


def _observed_at(window: OpenWindow, refs: Sequence[PageRef], found: Iterable[Sequence[Stretch]]) -> datetime:
    """When the window was read by the vendor's clock, or by this machine's when rows are newer than that clock."""
    observed_at = min(ref.observed_at for ref in refs)
    after_newest = max((stretches[-1].end for stretches in found if stretches), default=observed_at)
    if after_newest - window.stream.interval.step <= observed_at:
        return observed_at
    return min(ref.received_at for ref in refs)


def _found_by_series(window: OpenWindow, findings: Iterable[SeriesFinding]) -> dict[Series, list[Stretch]]:
    """The stretches that arrived, for every series that the window's answers speak about."""
    stream = window.stream
    sources = SOURCES if stream.source is None else (stream.source,)
    found: dict[Series, list[Stretch]] = {Series(stream.symbol, source, stream.interval): [] for source in sources}
    for one in findings:
        if one.series in found:
            found[one.series] += [Stretch(parse_instant(start), parse_instant(end)) for start, end in one.found]
    return {series: normalise(stretches) for series, stretches in found.items()}


def _known(connection: Connection, window: OpenWindow) -> dict[Series, Sequence[Covered]]:
    """What was known of each source's series of the window's symbol and interval."""
    stream = window.stream
    each = [Series(stream.symbol, source, stream.interval) for source in SOURCES]
    known = coverage_of(connection, each)
    return {series: known.get(series, ()) for series in each}


def _clipped_until(
    window: OpenWindow,
    found: Mapping[Series, Sequence[Stretch]],
    known: Mapping[Series, Sequence[Covered]],
    up_to_date: timedelta,
) -> dict[Series, datetime | None]:
    """Up to where the silence of each series may be a cut start (behaviour 36), where that is not on time.

    That is up to the first row of any source, since the vendor's plan may begin there, and up to the first row ever
    seen of the series itself, since how far back the vendor has rows differs from source to source. A series that
    begins while it is followed leaves no doubt, and one that never had a row has no first one: two reads prove it
    empty.
    """
    here = {series: stretches[0].start for series, stretches in found.items() if stretches}
    ever = {series: first for series, entries in known.items() if (first := first_row(entries))}
    plan_begins = min((here or ever).values(), default=window.start)
    on_time = window.stream.interval.ceil(window.start) + window.stream.interval.step
    edges: dict[Series, datetime | None] = {}
    for series in found:
        begins = [first[series] for first in (here, ever) if series in first]
        followed = was_followed(known[series], window.start, up_to_date)
        edge = max(plan_begins, min(begins) if begins and not followed else plan_begins)
        edges[series] = edge if edge > on_time else None
    return edges


def _observed(
    window: OpenWindow, series: Series, found: Sequence[Stretch], observed_at: datetime, clipped_until: datetime | None
) -> list[Covered]:
    """What the window says of one series; one that ended early says only where its rows are."""
    doubted_until = clipped_until if window.proven else window.end
    entries = observe(Stretch(window.start, window.end), found, series.interval, observed_at, doubted_until)
    return [one for one in entries if one.found == "rows" or window.state is WindowState.LANDED]


def by_series(findings: Iterable[SeriesFinding]) -> dict[Series, SeriesFinding]:
    """Findings summed over windows, by series."""
    grouped: dict[Series, list[SeriesFinding]] = defaultdict(list)
    for one in findings:
        grouped[one.series].append(one)
    return {series: _sum(parts) for series, parts in grouped.items()}


def _sum(parts: Sequence[SeriesFinding]) -> SeriesFinding:
    return SeriesFinding(
        window_id="",
        series=parts[0].series,
        received=sum(one.received for one in parts),
        accepted=sum(one.accepted for one in parts),
        quarantined=sum(one.quarantined for one in parts),
        duplicates=sum(one.duplicates for one in parts),
        outside=sum(one.outside for one in parts),
        blocked=any(one.blocked for one in parts),
        found=[],
    )
