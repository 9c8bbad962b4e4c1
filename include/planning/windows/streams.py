"""Which streams buy what is due of one symbol and interval: all sources at once, or each alone, whichever is cheaper.

One request for all sources pays one base instead of three, and pays the rows of every source, due or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from include.domain.market import Interval, Stream
from include.domain.time_range import TimeRange, merge, split_at_edges
from include.planning.windows.cheapest_requests import Segment, cheapest_runs
from include.planning.windows.windows import Packing

Placed = tuple[TimeRange, Segment]
"""Where a piece lies, and the piece."""
WITHIN, DUE, BUSY = "within", "due", "busy"


def assign(
    symbol: str,
    interval: Interval,
    due: Mapping[str, Sequence[TimeRange]],
    busy: Mapping[str, Sequence[TimeRange]],
    packing: Packing,
) -> dict[Stream, list[TimeRange]]:
    """The cheapest streams that cover each source's due stretches exactly once; both mappings are by source.

    Due stretches are grid-aligned and hold nothing busy. The price is never above that of each source by itself.
    """
    bought: dict[Stream, list[TimeRange]] = {}
    for island in _islands(_pieces(due, busy, interval, packing), packing):
        for source, first, end in cheapest_runs([piece for _, piece in island], packing):
            run = TimeRange(island[first][0].start, island[end - 1][0].end)
            bought.setdefault(Stream(symbol, interval, source), []).append(run)
    return {stream: merge(stretches) for stream, stretches in bought.items()}


def _pieces(
    due: Mapping[str, Sequence[TimeRange]],
    busy: Mapping[str, Sequence[TimeRange]],
    interval: Interval,
    packing: Packing,
) -> Iterator[Placed]:
    """The time from the first due bucket to the last, cut wherever something changes and where pages are full."""
    wanted = merge(part for parts in due.values() for part in parts)
    if not wanted:
        return
    edges = {edge for parts in due.values() for edge in _page_edges(parts, interval, packing)}
    spans = pairwise(sorted({wanted[0].start, *edges, wanted[-1].end}))
    labelled: list[tuple[TimeRange, tuple[str, str]]] = [(TimeRange(*span), (WITHIN, "")) for span in spans]
    for label, parts_of in ((DUE, due), (BUSY, busy)):
        labelled += [(part, (label, source)) for source, parts in parts_of.items() for part in parts]
    for stretch, labels in split_at_edges(labelled):
        buckets = interval.points(stretch.start, stretch.end)
        if buckets and (WITHIN, "") in labels:
            yield stretch, Segment(buckets, _sources(labels, DUE), _sources(labels, BUSY))


def _sources(labels: Iterable[tuple[str, str]], wanted: str) -> frozenset[str]:
    return frozenset(source for label, source in labels if label == wanted)


def _page_edges(parts: Sequence[TimeRange], interval: Interval, packing: Packing) -> Iterator[datetime]:
    """Where a run can be parted into full pages and a rest: two sources may share the request for their rests."""
    for part in {*parts, *_passing_over(parts, interval, packing)}:
        rest = interval.points(part.start, part.end) % packing.limit
        yield from (part.start + rest * interval.step, part.end - rest * interval.step)


def _passing_over(parts: Iterable[TimeRange], interval: Interval, packing: Packing) -> list[TimeRange]:
    """The parts, one with the next where the time between them is short."""
    runs: list[TimeRange] = []
    for part in merge(parts):
        if runs and _is_short(interval.points(runs[-1].end, part.start), packing):
            runs[-1] = TimeRange(runs[-1].start, part.end)
        else:
            runs.append(part)
    return runs


def _is_short(buckets: int, packing: Packing) -> bool:
    """True when reading so many buckets in vain costs less than another request."""
    return buckets * packing.prices.per_row_credits < packing.prices.base_credits


def _islands(pieces: Iterable[Placed], packing: Packing) -> Iterator[list[Placed]]:
    """Groups of pieces, parted where nothing is due for longer than a request's base would pay for."""
    island: list[Placed] = []
    for stretch, piece in pieces:
        if piece.due or (island and _is_short(piece.buckets, packing)):
            island.append((stretch, piece))
        elif island:
            yield island
            island = []
    if island:
        yield island
