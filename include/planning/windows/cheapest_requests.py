"""The cheapest runs over an island of time: what is asked together, and of one source or of all.

A run is one chain of requests. It may pass over a short piece that nothing needs: its rows cost less than another base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from include.domain.market import SOURCES
from include.planning.windows.windows import Packing

MANY_PIECES = 24
"""An island of more pieces is weighed so many at a time; weighing all of them together would take too long."""


class Segment(NamedTuple):
    """Neighbouring buckets in which the same sources are due, and the same ones bought by other open windows."""

    buckets: int
    due: frozenset[str]
    busy: frozenset[str]


class Run(NamedTuple):
    """The pieces `[first, end)` asked of one source, or of all (None)."""

    source: str | None
    first: int
    end: int


class _Way(NamedTuple):
    """Some runs up to an edge, as the last step towards it; the least is the cheapest, of equals with fewest runs."""

    credits: int
    runs: int
    first: int
    """The edge at which the last step begins."""
    shared: bool = False
    """True when it asks all sources in one run."""


def cheapest_runs(pieces: Sequence[Segment], packing: Packing) -> list[Run]:
    """Runs that buy what is due of every piece exactly once and nothing that is busy.

    No choice between runs that begin and end where pieces do costs less, up to MANY_PIECES; each source by itself,
    nothing passed over, never does.
    """
    parts = [tuple(pieces[at : at + MANY_PIECES]) for at in range(0, len(pieces), MANY_PIECES)]
    if len(parts) == 1:
        return list(_cheapest(parts[0], packing))
    piecemeal = _joined(
        Run(source, number * MANY_PIECES + first, number * MANY_PIECES + end)
        for number, part in enumerate(parts)
        for source, first, end in _cheapest(part, packing)
    )
    alone = _joined(Run(source, at, at + 1) for at, piece in enumerate(pieces) for source in sorted(piece.due))
    return min(piecemeal, alone, key=_Island(pieces, packing).credits)


@lru_cache(maxsize=4096)
def _cheapest(pieces: tuple[Segment, ...], packing: Packing) -> tuple[Run, ...]:
    """The shortest path over the edges of the pieces; a step asks some pieces of all sources, or of each alone."""
    island = _Island(pieces, packing)
    best = [_Way(0, 0, 0)]
    for end in range(1, len(pieces) + 1):
        best.append(min(step for first in range(end) for step in island.steps(best[first], first, end)))
    runs: list[Run] = []
    end = len(pieces)
    while end:
        first = best[end].first
        if best[end].shared:
            runs.append(Run(None, first, end))
        else:
            runs += (run for source in SOURCES for run in island.alone(source, first, end))
        end = first
    return tuple(runs)


class _Island:
    """Pieces that touch, and what runs over them cost."""

    def __init__(self, pieces: Sequence[Segment], packing: Packing) -> None:
        self._pieces = pieces
        self._edges = [0, *accumulate(piece.buckets for piece in pieces)]
        self._busy = [0, *accumulate(bool(piece.busy) for piece in pieces)]
        self._price: Callable[[int, int], int] = cache(lambda buckets, rows: packing.price(buckets, rows).credits)
        self._alone: Callable[[str, int], list[_Way]] = cache(self._cheapest_alone)

    def credits(self, runs: Iterable[Run]) -> int:
        """What the runs cost together."""
        return sum(self._run(*run) for run in runs)

    def steps(self, before: _Way, first: int, end: int) -> Iterator[_Way]:
        """The ways to go on with these pieces: in one run of all sources unless something is busy, or each alone."""
        if self._busy[first] == self._busy[end]:
            yield _Way(before.credits + self._run(None, first, end), before.runs + 1, first, shared=True)
        each = [self._alone(source, first)[end - first] for source in SOURCES]
        credits, count = sum(way.credits for way in each), sum(way.runs for way in each)
        yield _Way(before.credits + credits, before.runs + count, first)

    def alone(self, source: str, first: int, end: int) -> Iterator[Run]:
        """The cheapest runs of one source that buy what is due of these pieces."""
        ways = self._alone(source, first)
        while end > first:
            start = ways[end - first].first
            if source in self._pieces[end - 1].due:
                yield Run(source, start, end)
            end = start

    def _cheapest_alone(self, source: str, first: int) -> list[_Way]:
        """As `alone`, from piece `first` up to each edge from there."""
        ways = [_Way(0, 0, first)]
        for at in range(first, len(self._pieces)):
            if source in self._pieces[at].due:
                befores = ((start, ways[start - first]) for start in self._starts(source, first, at))
                longer = (
                    _Way(before.credits + self._run(source, start, at + 1), before.runs + 1, start)
                    for start, before in befores
                )
                ways.append(min(longer))
            else:
                ways.append(ways[-1]._replace(first=at))
        return ways

    def _starts(self, source: str, first: int, at: int) -> Iterator[int]:
        """Where a run that ends with piece `at` may begin: at a due piece, with nothing busy on the way."""
        for start in range(at, first - 1, -1):
            if source in self._pieces[start].busy:
                return
            if source in self._pieces[start].due:
                yield start

    def _run(self, source: str | None, first: int, end: int) -> int:
        return self._price(self._edges[end] - self._edges[first], len(SOURCES) if source is None else 1)


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Runs in order of time, those of one source that touch made one."""
    joined: list[Run] = []
    newest: dict[str | None, int] = {}
    for run in sorted(runs, key=lambda run: run.first):
        place = newest.get(run.source)
        if place is not None and joined[place].end == run.first:
            joined[place] = joined[place]._replace(end=run.end)
        else:
            newest[run.source] = len(joined)
            joined.append(run)
    return joined
