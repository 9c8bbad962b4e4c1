from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import Interval
from include.domain.time_range import TimeRange, buckets, clip, intersect, merge, on_grid, split_at_edges, subtract
from tests.planning.grid import MIDNIGHT, at, points, span, spans

SETS = st.lists(spans(24), max_size=6)
OFF_GRID = st.tuples(st.integers(-200, 200), st.integers(1, 200)).map(
    lambda minutes: TimeRange(
        MIDNIGHT + timedelta(minutes=minutes[0]), MIDNIGHT + timedelta(minutes=minutes[0] + minutes[1])
    )
)


def as_set(stretches: list[TimeRange]) -> set[int]:
    return set(points(stretches))


def assert_merged(stretches: list[TimeRange]) -> None:
    assert all(left.end < right.start for left, right in pairwise(stretches))


def test_an_empty_or_reversed_stretch_is_refused() -> None:
    for start, end in ((3, 3), (4, 3)):
        with pytest.raises(ValueError, match="must start before it ends"):
            span(start, end)


@given(SETS)
def test_merge_keeps_instants_and_joins_what_touches(stretches: list[TimeRange]) -> None:
    assert_merged(merge(stretches))
    assert points(merge(stretches)) == sorted(as_set(stretches))


@given(SETS, SETS)
def test_the_algebra_agrees_with_sets_of_grid_points(left: list[TimeRange], right: list[TimeRange]) -> None:
    for result, expected in (
        (intersect(left, right), as_set(left) & as_set(right)),
        (subtract(left, right), as_set(left) - as_set(right)),
    ):
        assert_merged(result)
        assert points(result) == sorted(expected)


@given(SETS)
def test_each_grid_point_is_counted_once(stretches: list[TimeRange]) -> None:
    assert buckets(stretches, Interval.M5) == len(as_set(stretches))


@given(OFF_GRID, st.sampled_from(Interval))
def test_a_stretch_moved_to_the_grid_holds_the_same_grid_points(stretch: TimeRange, interval: Interval) -> None:
    aligned = on_grid(stretch, interval)
    if aligned is None:
        assert interval.points(stretch.start, stretch.end) == 0
    else:
        assert (aligned.start, aligned.end) == (interval.floor(aligned.start), interval.floor(aligned.end))
        assert points([aligned], interval) == points([stretch], interval)


def test_clipping_keeps_what_is_inside_the_bounds() -> None:
    assert clip(span(2, 8), at(4), at(6)) == span(4, 6)
    assert clip(span(2, 8), end=at(2)) is None
    assert clip(span(2, 8)) == span(2, 8)


@given(st.lists(st.tuples(spans(16), st.integers(0, 9)), max_size=6))
def test_a_sweep_yields_each_piece_once_with_all_its_labels(labelled: list[tuple[TimeRange, int]]) -> None:
    pieces = list(split_at_edges(labelled))
    assert points(piece for piece, _ in pieces) == sorted({p for stretch, _ in labelled for p in points([stretch])})
    for piece, labels in pieces:
        for point in points([piece]):
            expected = sorted(label for stretch, label in labelled if point in points([stretch]))
            assert sorted(labels) == expected
