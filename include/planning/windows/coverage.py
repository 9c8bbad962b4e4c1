"""What is known of one series, and what of it must be read (again).

A bucket at T is open while `now < T + step`, closed for `provisional_buckets` steps after that, then final. What was
read in one phase is read again in the next, and no more once it was read as final.
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
"""A final bucket found empty so many times, `recheck_gap` apart, is proven empty."""
PATIENCE = 10
"""A doubted silence is asked again once it is a tenth older, so that an old one costs a few requests in a year."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A stretch of one series whose answer is complete: what was found there, and when it was asked.

    `observed_at` is when the first page of the window was asked, so that staleness is never understated.
    `empty_reads` counts reads that found final buckets empty; it is 0 where rows were found and stops at PROVEN_READS.
    `doubts` say why the newest answer's silence proves nothing: no read counts then.
    """

    stretch: TimeRange
    observed_at: datetime
    found: Found
    empty_reads: int = 0
    doubts: tuple[Doubt, ...] = ()


Coverage = Mapping[Series, Sequence[Covered]]
"""Of each series what is known of it, sorted and disjoint."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """When an observation has to be repeated."""

    provisional_buckets: int
    recheck_gap: timedelta
    exceptions: Mapping[Interval, int] = field(default_factory=dict)
    """Intervals whose buckets are final earlier or later than the rest's."""
    deeper_since: datetime | None = None
    """When the vendor's plan last began to reach further back: what was doubted before is asked again at once."""

    def provisional(self, interval: Interval) -> int:
        """For how many intervals after it closed a bucket may still change."""
        return self.exceptions.get(interval, self.provisional_buckets)

    def final_edge(self, interval: Interval, instant: datetime) -> datetime:
        """Buckets before this edge were final at `instant`."""
        return interval.floor(instant) - self.provisional(interval) * interval.step


def readable_edge(interval: Interval, instant: datetime) -> datetime:
    """Buckets before this edge had begun at `instant`; a later one has nothing to read."""
    return interval.floor(instant) + interval.step


def observe(
    asked: TimeRange,
    found: Iterable[TimeRange],
    interval: Interval,
    observed_at: datetime,
    doubts: tuple[Doubt, ...] = (),
    clipped_until: datetime | None = None,
) -> list[Covered]:
    """What a finished window says of one series: the stretches where rows arrived, and the silent ones.

    Silence counts an empty read only without `doubts` and from `clipped_until` on; other silence is asked again later
    and is never taken for absence. What was found outside the window says nothing here.
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
        entries += [Covered(stretch, observed_at, "empty", 0 if why else 1, why) for stretch in stretches]
    return sorted(entries, key=lambda entry: entry.stretch)


def overlay(
    entries: Iterable[Covered], new: Iterable[Covered], interval: Interval, freshness: Freshness
) -> list[Covered]:
    """Puts new observations over known ones: sorted, disjoint, as few entries as say the same.

    Where both speak, the later observation counts (a tie goes to the new one), also when it arrives first; laying the
    same on again changes nothing. Buckets that had not begun when observed are left out: nothing was received for them.
    """
    ranked = [(entry, 0) for entry in entries] + [(entry, 1) for entry in new]
    pieces = ((p.stretch, (p, rank)) for entry, rank in ranked for p in _by_finality(entry, interval, freshness))
    combined = []
    for stretch, known in split_at_edges(pieces):
        in_time = sorted(known, key=lambda item: (item[0].observed_at, item[1]))
        same_stretch = [replace(entry, stretch=stretch) for entry, _ in in_time]
        combined.append(reduce(lambda early, late: _later(early, late, interval, freshness), same_stretch))
    return _merge(combined, interval, freshness)


def in_doubt(entries: Iterable[Covered]) -> dict[tuple[Doubt, ...], list[TimeRange]]:
    """The stretches whose silence proves nothing, by why."""
    found: dict[tuple[Doubt, ...], list[TimeRange]] = {}
    for one in entries:
        if one.doubts:
            found.setdefault(one.doubts, []).append(one.stretch)
    return {doubts: merge(stretches) for doubts, stretches in found.items()}


def first_row(entries: Iterable[Covered]) -> datetime | None:
    """The earliest row that is known, or None."""
    return min((one.stretch.start for one in entries if one.found == "rows"), default=None)


def was_tracked(entries: Iterable[Covered], moment: datetime, up_to_date: timedelta) -> bool:
    """True when the series was silent at `moment` as it was read up to date: what is that young is never cut."""
    return any(
        one.stretch.start <= moment <= one.stretch.end and one.empty_reads > 0 and _was_young(one, up_to_date)
        for one in entries
    )


def unconfirmed_before(entries: Sequence[Covered], first: datetime, up_to_date: timedelta) -> list[Covered]:
    """The entries, where a first row that is earlier than all known leaves earlier silence in doubt.

    Silence that was read up to date counts on, and so does what is proven.
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
    """The entries without what they say of emptiness inside `stretch`, so that it is asked again at once."""
    kept: list[Covered] = []
    for entry in entries:
        parts = subtract([entry.stretch], [stretch]) if entry.found == "empty" else [entry.stretch]
        kept += [replace(entry, stretch=part) for part in parts]
    return kept


def due(
    entries: Iterable[Covered], wanted: TimeRange, interval: Interval, now: datetime, freshness: Freshness
) -> list[TimeRange]:
    """The buckets of `wanted` that have begun and must be read now, as grid-aligned stretches.

    `entries` are one series' own, as `overlay` returns them. Due is what was never covered, what changed phase since
    it was observed, what was found empty once, at least `recheck_gap` ago, and what is doubted: after the same gap or a
    tenth of its age, whichever is longer, and at once where the vendor's plan reaches further back since.
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
    """The parts of an entry that need no new read: each is in the phase in which it was observed."""
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
    """True when silence that is not proven may be answered otherwise by now."""
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
    """What two observations of the same buckets say together."""
    if early.found == "rows" and late.found == "empty" and _final(early, interval, freshness):
        return early  # what was received for good stays received, whatever a later answer leaves out
    if "rows" in (early.found, late.found) or not early.empty_reads or not _final(early, interval, freshness):
        return late
    if not late.empty_reads:  # a silence in doubt takes a first read back, and leaves what is proven
        return early if early.empty_reads >= PROVEN_READS else late
    waited = late.observed_at - early.observed_at
    spaced = waited > timedelta() and waited >= freshness.recheck_gap
    if spaced or PROVEN_READS in (early.empty_reads, late.empty_reads):
        return replace(late, empty_reads=PROVEN_READS)
    return early  # asked again too soon to prove anything: the clock of the first read runs on


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
    """Two neighbours as one, when the one says no less about what is due; else None."""
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
