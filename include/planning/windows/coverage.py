"""What is known of one series, and which of its buckets must be read.

A bucket at T is open while `now < T + step`, closed for `provisional_buckets` steps after that, then final. A bucket
that was read in one phase is read again in the next, until it was read as final.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal

from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange, clip, intersect, merge, on_grid, split_at_edges, subtract
from include.kwery.answers.doubts import Doubt, united

Found = Literal["rows", "empty"]
PROVEN_READS = 2
"""A final bucket that was found empty this often, `recheck_gap` apart, is proven empty."""
PATIENCE = 10
"""Unconfirmed silence is due again when its age has grown by a tenth: old silence costs a few requests a year."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A stretch of one series whose answer is complete: what was found there, and when it was requested.

    `observed_at` is when the first page of the window was requested, so that staleness is never understated.
    `empty_reads` counts reads that found final buckets empty; it is 0 where rows were found and stops at PROVEN_READS.
    `doubts` say why the newest answer's silence proves nothing; such a read does not count.
    """

    stretch: TimeRange
    observed_at: datetime
    found: Found
    empty_reads: int = 0
    doubts: tuple[Doubt, ...] = ()


Coverage = Mapping[Series, Sequence[Covered]]
"""By series: sorted, disjoint entries."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """When an observation has to be repeated."""

    provisional_buckets: int
    recheck_gap: timedelta
    exceptions: Mapping[Interval, int] = field(default_factory=dict)
    """Intervals whose buckets become final earlier or later than the others."""
    deeper_since: datetime | None = None
    """When the vendor's plan last began to reach further back: silence unconfirmed before is due at once."""

    def provisional(self, interval: Interval) -> int:
        """How many intervals after its close a bucket may still change."""
        return self.exceptions.get(interval, self.provisional_buckets)

    def final_edge(self, interval: Interval, instant: datetime) -> datetime:
        """Buckets before this edge were final at `instant`."""
        return interval.floor(instant) - self.provisional(interval) * interval.step


def readable_edge(interval: Interval, instant: datetime) -> datetime:
    """Buckets before this edge had begun at `instant`; later ones have nothing to read."""
    return interval.floor(instant) + interval.step


def observe(
    asked: TimeRange,
    found: Iterable[TimeRange],
    interval: Interval,
    observed_at: datetime,
    doubts: tuple[Doubt, ...] = (),
    clipped_until: datetime | None = None,
    requested_at: datetime | None = None,
) -> list[Covered]:
    """What a finished window shows of one series: the stretches with rows, and the silent ones.

    Silence counts as an empty read only without `doubts` and from `clipped_until` on; other silence stays unconfirmed
    and is read again later: counted from `requested_at` where a cache has kept the answer since `observed_at`. Rows
    outside the window show nothing here.
    """
    whole = on_grid(asked, interval)
    if whole is None:
        return []
    held = intersect([whole], merge(found))
    silent = subtract([whole], held)
    begins = clipped_until is not None and clipped_until > whole.start
    clipped = intersect(silent, [TimeRange(whole.start, clipped_until)]) if begins and clipped_until else []
    entries = [Covered(stretch, observed_at, "rows") for stretch in held]
    for stretches, why in (
        (clipped, united((*doubts, Doubt.POSSIBLY_CLIPPED))),
        (subtract(silent, clipped), doubts),
    ):
        at = requested_at if why and requested_at else observed_at
        entries += [Covered(stretch, at, "empty", 0 if why else 1, why) for stretch in stretches]
    return sorted(entries, key=lambda entry: entry.stretch)


def overlay(
    entries: Iterable[Covered], new: Iterable[Covered], interval: Interval, freshness: Freshness
) -> list[Covered]:
    """Combines new observations with known ones: sorted, disjoint, as few entries as possible.

    Where both exist, the later observation counts (the new one, if they are equal), also when it arrives first; adding
    the same observation twice changes nothing. Buckets that had not begun when observed are left out.
    """
    ranked = [(entry, 0) for entry in entries] + [(entry, 1) for entry in new]
    pieces = ((p.stretch, (p, rank)) for entry, rank in ranked for p in _by_finality(entry, interval, freshness))
    combined = []
    for stretch, known in split_at_edges(pieces):
        in_time = sorted(known, key=lambda item: (item[0].observed_at, item[1]))
        same_stretch = [replace(entry, stretch=stretch) for entry, _ in in_time]
        combined.append(reduce(lambda early, late: _later(early, late, interval, freshness), same_stretch))
    return _merge(combined, interval, freshness)


def unconfirmed_in(entries: Iterable[Covered]) -> dict[tuple[Doubt, ...], list[TimeRange]]:
    """The stretches whose silence proves nothing, by reasons."""
    found: dict[tuple[Doubt, ...], list[TimeRange]] = {}
    for one in entries:
        if one.doubts:
            found.setdefault(one.doubts, []).append(one.stretch)
    return {doubts: merge(stretches) for doubts, stretches in found.items()}


def first_row(entries: Iterable[Covered]) -> datetime | None:
    """The earliest known row, or None."""
    return min((one.stretch.start for one in entries if one.found == "rows"), default=None)


def is_before_rows(entry: Covered, first: datetime | None) -> bool:
    """True for silence before the `first` known row that nothing else speaks against: the market may be younger."""
    return first is not None and entry.doubts == (Doubt.POSSIBLY_CLIPPED,) and entry.stretch.end <= first


def was_tracked(entries: Iterable[Covered], moment: datetime, up_to_date: timedelta) -> bool:
    """True when the series was read up to date at `moment` and had no row: vendors never cut time that recent."""
    return any(
        one.stretch.start <= moment <= one.stretch.end and one.empty_reads > 0 and _was_young(one, up_to_date)
        for one in entries
    )


def unconfirmed_before(entries: Sequence[Covered], first: datetime, up_to_date: timedelta) -> list[Covered]:
    """The entries; a first row earlier than all known ones makes the silence before it unconfirmed.

    Silence that was read up to date, or is proven, stays.
    """
    known = first_row(entries)
    if known is not None and known <= first:
        return list(entries)
    return [
        replace(one, empty_reads=0, doubts=(Doubt.POSSIBLY_CLIPPED,))
        if one.empty_reads == 1 and one.stretch.end <= first and not _was_young(one, up_to_date)
        else one
        for one in entries
    ]


def _was_young(entry: Covered, up_to_date: timedelta) -> bool:
    return entry.observed_at - entry.stretch.end <= up_to_date


def reopened(entries: Iterable[Covered], stretch: TimeRange) -> list[Covered]:
    """The entries without emptiness inside `stretch`, so that it is due at once."""
    kept: list[Covered] = []
    for entry in entries:
        parts = subtract([entry.stretch], [stretch]) if entry.found == "empty" else [entry.stretch]
        kept += [replace(entry, stretch=part) for part in parts]
    return kept


def due(
    entries: Iterable[Covered], wanted: TimeRange, interval: Interval, now: datetime, freshness: Freshness
) -> list[TimeRange]:
    """The buckets of `wanted` that have begun and must be read now, as grid-aligned stretches.

    `entries` are of one series, as `overlay` returns them. Due are buckets that were never covered, that changed phase
    since they were observed, that were found empty once at least `recheck_gap` ago, and unconfirmed ones: after the
    same gap or a tenth of their age, whichever is longer, and at once when the vendor's plan reaches further back.
    """
    aligned = on_grid(wanted, interval)
    readable = clip(aligned, end=readable_edge(interval, now)) if aligned else None
    if readable is None:
        return []
    known: list[TimeRange] = []
    for entry in entries:
        if entry.stretch.end <= readable.start or readable.end <= entry.stretch.start:
            continue
        for piece in _fresh(entry, interval, now, freshness):
            if piece.start <= readable.start and readable.end <= piece.end:
                return []
            known.append(piece)
    return subtract([readable], known)


def _fresh(entry: Covered, interval: Interval, now: datetime, freshness: Freshness) -> Iterator[TimeRange]:
    """The parts of an entry that need no new read: those still in the phase in which they were observed."""
    seen = entry.observed_at
    now = max(now, seen)  # a clock set back makes nothing stale
    if entry.found == "empty" and entry.empty_reads < PROVEN_READS and _can_help(entry, now, freshness):
        return
    final = clip(entry.stretch, end=freshness.final_edge(interval, seen))
    if final:
        yield final
    closed_then, closed_now = interval.floor(seen), interval.floor(now)
    closed = clip(entry.stretch, start=freshness.final_edge(interval, now), end=closed_then)
    still_open = closed_then == closed_now
    begun = clip(entry.stretch, closed_then, readable_edge(interval, seen)) if still_open else None
    yield from (part for part in (closed, begun) if part)


def _can_help(entry: Covered, now: datetime, freshness: Freshness) -> bool:
    """True when another read of unproven silence may bring a different answer."""
    passed = now - entry.observed_at
    if entry.empty_reads:
        return passed >= freshness.recheck_gap
    if freshness.deeper_since is not None and entry.observed_at < freshness.deeper_since:
        return True
    return passed >= max(freshness.recheck_gap, (entry.observed_at - entry.stretch.end) / PATIENCE)


def _by_finality(entry: Covered, interval: Interval, freshness: Freshness) -> Iterator[Covered]:
    """An entry as its final part and its provisional one, on the grid."""
    edge = freshness.final_edge(interval, entry.observed_at)
    aligned = on_grid(entry.stretch, interval)
    if aligned is None:
        return
    parts = clip(aligned, end=edge), clip(aligned, start=edge, end=readable_edge(interval, entry.observed_at))
    yield from (replace(entry, stretch=part) for part in parts if part)


def _later(early: Covered, late: Covered, interval: Interval, freshness: Freshness) -> Covered:
    """Combines two observations of the same buckets."""
    if early.found == "rows" and late.found == "empty" and _final(early, interval, freshness):
        return early  # final rows stay received, whatever a later answer omits
    if "rows" in (early.found, late.found) or not early.empty_reads or not _final(early, interval, freshness):
        return late
    if not late.empty_reads:  # unconfirmed silence cancels a first empty read, and keeps proven ones
        return early if early.empty_reads >= PROVEN_READS else late
    waited = late.observed_at - early.observed_at
    spaced = waited > timedelta() and waited >= freshness.recheck_gap
    if spaced or PROVEN_READS in (early.empty_reads, late.empty_reads):
        return replace(late, empty_reads=PROVEN_READS)
    return early  # read again too soon to prove anything: the gap counts from the first read


def _merge(entries: Sequence[Covered], interval: Interval, freshness: Freshness) -> list[Covered]:
    merged: list[Covered] = []
    for entry in entries:
        joined = _joined(merged[-1], entry, interval, freshness) if merged else None
        if joined:
            merged[-1] = joined
        else:
            merged.append(entry)
    return merged


def _joined(left: Covered, right: Covered, interval: Interval, freshness: Freshness) -> Covered | None:
    """Two neighbours as one entry, if what is due stays the same; else None."""
    if left.stretch.end != right.stretch.start or _said(left) != _said(right):
        return None
    whole = replace(left, stretch=TimeRange(left.stretch.start, right.stretch.end))
    if left.observed_at == right.observed_at:
        return whole
    settled = left.found == "rows" or left.empty_reads >= PROVEN_READS
    if not (settled and _final(left, interval, freshness) and _final(right, interval, freshness)):
        return None
    moments = sorted((left.observed_at, right.observed_at))
    candidates = (replace(whole, observed_at=moment) for moment in moments)
    return next(candidate for candidate in candidates if _final(candidate, interval, freshness))


def _said(entry: Covered) -> tuple[object, ...]:
    return entry.found, entry.empty_reads, entry.doubts


def _final(entry: Covered, interval: Interval, freshness: Freshness) -> bool:
    return entry.stretch.end <= freshness.final_edge(interval, entry.observed_at)
