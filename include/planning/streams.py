"""Which streams buy what is due of one symbol and interval: all sources at once, or each alone, whichever is cheaper.

One request for all sources pays one base instead of three, and pays the rows of every source, due or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from include.kwery.contract import SOURCES, Interval, Stream
from include.planning.stretches import Stretch, normalise, sweep, union
from include.planning.windows import Packing

Choice = list[bool]
"""For each segment of an island: all sources at once (True), or each source that is due by itself."""
MANY_SEGMENTS = 32
"""An island of more segments is bought by one rule throughout; weighing its blocks one by one would take too long."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A stretch in which the same sources are due; `shareable` unless another open window buys a part of it."""

    stretch: Stretch
    buckets: int
    sources: frozenset[str]
    shareable: bool


def assign(
    symbol: str,
    interval: Interval,
    due: Mapping[str, Sequence[Stretch]],
    busy: Mapping[str, Sequence[Stretch]],
    packing: Packing,
) -> dict[Stream, list[Stretch]]:
    """The cheapest streams that cover each source's due stretches exactly once; both mappings are by source.

    Due stretches are grid-aligned and hold nothing busy. The price is never above that of each source by itself.
    """
    bought: dict[Stream, list[Stretch]] = {}
    for island in _islands(_segments(due, busy, interval)):
        for segment, shared in zip(island, _cheapest(island, packing), strict=True):
            for source in _asked(segment, shared):
                bought.setdefault(Stream(symbol, interval, source), []).append(segment.stretch)
    return {stream: normalise(stretches) for stream, stretches in bought.items()}


def _segments(
    due: Mapping[str, Sequence[Stretch]], busy: Mapping[str, Sequence[Stretch]], interval: Interval
) -> Iterator[_Segment]:
    labelled: list[tuple[Stretch, str | None]] = [(part, source) for source, parts in due.items() for part in parts]
    taken: list[tuple[Stretch, str | None]] = [(part, None) for part in union(*busy.values())]
    for stretch, labels in sweep(labelled + taken):
        sources = frozenset(label for label in labels if label)
        buckets = interval.points(stretch.start, stretch.end)
        if sources and buckets:
            yield _Segment(stretch, buckets, sources, None not in labels)


def _islands(segments: Iterable[_Segment]) -> Iterator[list[_Segment]]:
    """Groups segments that touch; what lies apart cannot share a request."""
    island: list[_Segment] = []
    for segment in segments:
        if island and island[-1].stretch.end < segment.stretch.start:
            yield island
            island = []
        island.append(segment)
    if island:
        yield island


def _asked(segment: _Segment, shared: bool) -> frozenset[str | None]:
    return frozenset({None}) if shared else segment.sources


def _cheapest(island: Sequence[_Segment], packing: Packing) -> Choice:
    separate = [False] * len(island)
    everywhere = [segment.shareable for segment in island]
    where_all_due = [segment.shareable and len(segment.sources) == len(SOURCES) for segment in island]
    candidates = [where_all_due, separate, everywhere]  # of equal prices the first: fewest requests, no row twice
    if len(island) <= MANY_SEGMENTS:
        candidates.append(_cheapest_blocks(island, packing))
    return min(candidates, key=lambda choice: _credits(island, choice, packing))


def _cheapest_blocks(island: Sequence[_Segment], packing: Packing) -> Choice:
    """Shortest path over the island's edges; a step is a block of segments bought the same way."""
    best: dict[int, tuple[int, Choice]] = {0: (0, [])}
    for first, last in combinations(range(len(island) + 1), 2):
        block = island[first:last]
        for shared in (False, True) if all(segment.shareable for segment in block) else (False,):
            choice = [shared] * len(block)
            credits = best[first][0] + _credits(block, choice, packing)
            if last not in best or credits < best[last][0]:
                best[last] = (credits, best[first][1] + choice)
    return best[len(island)][1]


def _credits(segments: Sequence[_Segment], choice: Choice, packing: Packing) -> int:
    """What touching segments cost, bought so; a stream asked in neighbouring segments is one run."""
    runs: dict[str | None, int] = {}
    spent = 0
    for segment, shared in zip(segments, choice, strict=True):
        asked = _asked(segment, shared)
        spent += sum(_run_credits(source, runs.pop(source), packing) for source in runs.keys() - asked)
        runs.update((source, runs.get(source, 0) + segment.buckets) for source in asked)
    return spent + sum(_run_credits(source, buckets, packing) for source, buckets in runs.items())


def _run_credits(source: str | None, buckets: int, packing: Packing) -> int:
    return packing.price(buckets, len(SOURCES) if source is None else 1).credits
