from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.domain.market import Interval
from include.domain.time_range import TimeRange, buckets
from include.kwery.answers.doubts import Doubt
from include.planning.windows.coverage import (
    PATIENCE,
    PROVEN_READS,
    Covered,
    Found,
    Freshness,
    due,
    observe,
    overlay,
    reopened,
    unconfirmed_before,
    unconfirmed_in,
    was_tracked,
)
from tests.planning.grid import FRESHNESS, MIDNIGHT, at, points, span, spans

M5 = Interval.M5
BUCKETS = 12
CLIPPED = (Doubt.POSSIBLY_CLIPPED,)
OUTSIDE = (Doubt.ROWS_OUTSIDE,)
FRESHNESSES = st.builds(
    Freshness,
    provisional_buckets=st.integers(0, 3),
    recheck_gap=st.integers(0, 60).map(lambda minutes: timedelta(minutes=minutes)),
)


@dataclass(frozen=True)
class Reading:
    """One answer as the tests imagine it: asked over `stretch` at `minute` after midnight."""

    stretch: TimeRange
    minute: int
    found: Found
    doubts: tuple[Doubt, ...] = ()

    @property
    def moment(self) -> datetime:
        return MIDNIGHT + timedelta(minutes=self.minute)

    @property
    def entry(self) -> Covered:
        reads = 1 if self.found == "empty" and not self.doubts else 0
        return Covered(self.stretch, self.moment, self.found, reads, self.doubts if self.found == "empty" else ())


READINGS = st.lists(
    st.builds(
        Reading,
        spans(BUCKETS),
        st.integers(0, 150),
        st.sampled_from(["rows", "empty"]),
        st.sampled_from([(), (), CLIPPED, OUTSIDE]),
    ),
    max_size=7,
)


def phase(bucket: int, moment: datetime, freshness: Freshness) -> str:
    """The phase of one bucket, straight from its definition."""
    begins = at(bucket)
    if moment < begins:
        return "future"
    if moment < begins + M5.step:
        return "open"
    return "closed" if moment < begins + M5.step * (1 + freshness.provisional_buckets) else "final"


def known_of(bucket: int, readings: Sequence[Reading], freshness: Freshness) -> Covered | None:
    """What readings in time order leave known of one bucket, one reading at a time."""
    known: Covered | None = None
    for reading in readings:
        if bucket not in points([reading.stretch]) or phase(bucket, reading.moment, freshness) == "future":
            continue
        final = known is not None and phase(bucket, known.observed_at, freshness) == "final"
        if known is not None and final and (known.found, reading.found) == ("rows", "empty"):
            continue
        again = known is not None and known.found == reading.found == "empty" and known.empty_reads > 0
        if known is None or not again or phase(bucket, known.observed_at, freshness) != "final":
            known = reading.entry
        elif reading.doubts:
            known = known if known.empty_reads == PROVEN_READS else reading.entry
        elif known.empty_reads == PROVEN_READS or known.observed_at + freshness.recheck_gap <= reading.moment:
            same_moment = known.observed_at == reading.moment
            known = known if same_moment else Covered(reading.stretch, reading.moment, "empty", PROVEN_READS)
    return known


def silent_until(bucket: int, known: Mapping[int, Covered | None]) -> datetime:
    """Where the silence around the bucket ends: later readings may have cut short what one of them found."""
    silence, end = known[bucket], bucket + 1
    assert silence is not None
    while (after := known.get(end)) is not None and replace(after, stretch=silence.stretch) == silence:
        end += 1
    return at(end)


def is_due(bucket: int, all_known: Mapping[int, Covered | None], now: datetime, freshness: Freshness) -> bool:
    """Whether one bucket must be read, straight from the rules."""
    known = all_known[bucket]
    if phase(bucket, now, freshness) == "future":
        return False
    if known is None or phase(bucket, known.observed_at, freshness) != phase(bucket, now, freshness):
        return True
    unproven = known.found == "empty" and known.empty_reads < PROVEN_READS
    age = known.observed_at - silent_until(bucket, all_known) if known.doubts else timedelta()
    return unproven and now - known.observed_at >= max(freshness.recheck_gap, age / PATIENCE)


def fold(readings: Sequence[Reading], freshness: Freshness) -> list[Covered]:
    entries: list[Covered] = []
    for reading in readings:
        entries = overlay(entries, [reading.entry], M5, freshness)
    return entries


@given(READINGS, st.integers(0, 200), spans(BUCKETS), FRESHNESSES)
@example(
    readings=[Reading(span(0, 2), 108, "empty", CLIPPED), Reading(span(1, 2), 118, "rows")],
    later=0,
    wanted=span(0, 1),
    freshness=Freshness(provisional_buckets=0, recheck_gap=timedelta()),
)
def test_what_is_due_agrees_with_each_bucket_taken_alone(
    readings: list[Reading], later: int, wanted: TimeRange, freshness: Freshness
) -> None:
    in_time = sorted(readings, key=lambda reading: reading.minute)
    now = MIDNIGHT + timedelta(minutes=max([later, *(reading.minute for reading in readings)]))
    known = {bucket: known_of(bucket, in_time, freshness) for bucket in range(BUCKETS)}
    expected = [bucket for bucket in points([wanted]) if is_due(bucket, known, now, freshness)]
    assert points(due(fold(in_time, freshness), wanted, M5, now, freshness)) == expected


@given(READINGS, FRESHNESSES)
def test_coverage_stays_sorted_disjoint_and_within_what_was_asked(
    readings: list[Reading], freshness: Freshness
) -> None:
    entries = fold(readings, freshness)
    assert all(left.stretch.end <= right.stretch.start for left, right in pairwise(entries))
    begun = {
        point
        for reading in readings
        for point in points([reading.stretch])
        if phase(point, reading.moment, freshness) != "future"
    }
    assert points(entry.stretch for entry in entries) == sorted(begun)


@given(READINGS, st.integers(0, 200), FRESHNESSES)
def test_laying_the_same_observation_on_again_changes_nothing(
    readings: list[Reading], later: int, freshness: Freshness
) -> None:
    once = fold(readings, freshness)
    for reading in readings[-1:]:
        assert overlay(once, [reading.entry], M5, freshness) == once


@given(READINGS.filter(lambda readings: len({reading.minute for reading in readings}) > 1), FRESHNESSES)
def test_of_two_observations_the_later_counts_also_when_it_arrives_first(
    readings: list[Reading], freshness: Freshness
) -> None:
    early, *_, late = sorted(readings, key=lambda reading: reading.minute)
    assert fold([early, late], freshness) == fold([late, early], freshness)


@pytest.mark.parametrize(
    ("seen_minute", "now_minute", "expected"),
    [
        (3, 4, False),  # open, still open
        (3, 5, True),  # open, then closed
        (5, 9, False),  # closed, still closed
        (9, 10, True),  # closed, then final
        (10, 10_000, False),  # final stays
    ],
)
def test_a_bucket_with_rows_is_read_once_in_each_phase(seen_minute: int, now_minute: int, expected: bool) -> None:
    entries = overlay([], [Reading(span(0, 1), seen_minute, "rows").entry], M5, FRESHNESS)
    now = MIDNIGHT + timedelta(minutes=now_minute)
    assert bool(due(entries, span(0, 1), M5, now, FRESHNESS)) is expected


def test_a_bucket_that_has_not_begun_is_never_due() -> None:
    assert due([], span(0, 10), M5, at(2.5), FRESHNESS) == [span(0, 3)]
    assert due([], span(4, 10), M5, at(2.5), FRESHNESS) == []


def test_an_empty_stretch_is_asked_twice_a_day_apart_and_then_left_alone() -> None:
    gap = FRESHNESS.recheck_gap
    first = at(100)
    entries = overlay([], [Covered(span(0, 5), first, "empty", 1)], M5, FRESHNESS)
    assert due(entries, span(0, 5), M5, first + gap - M5.step, FRESHNESS) == []
    assert due(entries, span(0, 5), M5, first + gap, FRESHNESS) == [span(0, 5)]
    entries = overlay(entries, [Covered(span(0, 5), first + gap, "empty", 1)], M5, FRESHNESS)
    assert entries == [Covered(span(0, 5), first + gap, "empty", PROVEN_READS)]
    assert due(entries, span(0, 5), M5, first + 100 * gap, FRESHNESS) == []


def test_an_empty_read_before_the_bucket_was_final_proves_nothing() -> None:
    day = Interval.D1
    closed, final = at(1, day), at(2, day)
    entries = overlay([], [Covered(span(0, 1, day), closed, "empty", 1)], day, FRESHNESS)
    entries = overlay(entries, [Covered(span(0, 1, day), final, "empty", 1)], day, FRESHNESS)
    assert entries == [Covered(span(0, 1, day), final, "empty", 1)]


def test_an_early_empty_read_does_not_delay_the_recheck() -> None:
    first, soon = at(100), at(101)
    entries = overlay([], [Covered(span(0, 5), first, "empty", 1)], M5, FRESHNESS)
    assert overlay(entries, [Covered(span(0, 5), soon, "empty", 1)], M5, FRESHNESS) == entries


def test_an_empty_stretch_that_has_rows_at_last_is_covered_with_rows() -> None:
    entries = overlay([], [Covered(span(0, 6), at(100), "empty", 1)], M5, FRESHNESS)
    entries = overlay(entries, [Covered(span(2, 4), at(500), "rows")], M5, FRESHNESS)
    assert [(entry.stretch, entry.found) for entry in entries] == [
        (span(0, 2), "empty"),
        (span(2, 4), "rows"),
        (span(4, 6), "empty"),
    ]


def test_a_month_of_hourly_reads_is_two_entries_at_most() -> None:
    entries: list[Covered] = []
    for hour in range(720):
        now = at(12 * (hour + 1))
        for stretch in due(entries, TimeRange(MIDNIGHT, now), M5, now, FRESHNESS):
            entries = overlay(entries, [Covered(stretch, now, "rows")], M5, FRESHNESS)
    assert len(entries) <= 2
    assert buckets([entry.stretch for entry in entries], M5) == 8640


def test_merged_entries_are_still_final_at_the_moment_they_keep() -> None:
    early, late = at(3), at(6)
    both = [Covered(span(0, 2), early, "rows"), Covered(span(2, 5), late, "rows")]
    assert overlay([], both, M5, FRESHNESS) == [Covered(span(0, 5), late, "rows")]
    old = [Covered(span(0, 2), at(90), "rows"), Covered(span(2, 5), at(80), "rows")]
    assert overlay([], old, M5, FRESHNESS) == [Covered(span(0, 5), at(80), "rows")]


def test_a_clock_set_back_makes_nothing_stale() -> None:
    entries = overlay([], [Covered(span(0, 4), at(8), "rows")], M5, FRESHNESS)
    assert due(entries, span(0, 4), M5, at(4), FRESHNESS) == []


def test_a_finished_window_proves_rows_and_emptiness() -> None:
    seen = at(50)
    assert observe(span(0, 6), [span(1, 2), span(2, 3), span(9, 10)], M5, seen) == [
        Covered(span(0, 1), seen, "empty", 1),
        Covered(span(1, 3), seen, "rows"),
        Covered(span(3, 6), seen, "empty", 1),
    ]


def test_silence_before_an_unconfirmed_moment_counts_no_empty_read() -> None:
    seen = at(50)
    assert observe(span(0, 6), [span(2, 3)], M5, seen, clipped_until=at(2)) == [
        Covered(span(0, 2), seen, "empty", 0, CLIPPED),
        Covered(span(2, 3), seen, "rows"),
        Covered(span(3, 6), seen, "empty", 1),
    ]


def test_an_unconfirmed_silence_needs_two_more_empty_reads_to_be_proven() -> None:
    entries = overlay([], observe(span(0, 1), [], M5, at(50), clipped_until=at(1)), M5, FRESHNESS)
    later = at(50) + FRESHNESS.recheck_gap
    entries = overlay(entries, observe(span(0, 1), [], M5, later), M5, FRESHNESS)
    assert [entry.empty_reads for entry in entries] == [1]


@given(spans(BUCKETS), st.lists(spans(BUCKETS)))
def test_what_a_window_proves_covers_every_bucket_asked_once(asked: TimeRange, found: list[TimeRange]) -> None:
    entries = observe(asked, found, M5, at(50))
    assert points(entry.stretch for entry in entries) == points([asked])
    rows = {point for entry in entries if entry.found == "rows" for point in points([entry.stretch])}
    assert rows == set(points(found)) & set(points([asked]))


def test_an_interval_may_be_final_later_than_the_rest() -> None:
    freshness = Freshness(1, FRESHNESS.recheck_gap, {M5: 3})
    entries = [Covered(span(0, 1), at(1.5), "rows")]
    assert due(entries, span(0, 1), M5, at(3.9), freshness) == []
    assert due(entries, span(0, 1), M5, at(4), freshness) == [span(0, 1)]


def test_reopening_forgets_emptiness_and_nothing_else() -> None:
    entries = [Covered(span(0, 4), at(50), "rows"), Covered(span(4, 10), at(50), "empty", 2)]
    assert reopened(entries, span(2, 6)) == [
        Covered(span(0, 4), at(50), "rows"),
        Covered(span(6, 10), at(50), "empty", 2),
    ]


def test_final_rows_stay_when_a_later_answer_lacks_them() -> None:
    entries = overlay([], [Covered(span(0, 2), at(50), "rows")], M5, FRESHNESS)
    assert overlay(entries, [Covered(span(0, 2), at(90), "empty", 1)], M5, FRESHNESS) == entries


def test_a_new_first_row_makes_earlier_silence_unconfirmed() -> None:
    hour = timedelta(hours=1)
    young, late, proven = (
        Covered(span(0, 12), at(13), "empty", 1),
        Covered(span(12, 24), at(500), "empty", 1),
        Covered(span(24, 36), at(500), "empty", 2),
    )
    unconfirmed = Covered(late.stretch, late.observed_at, "empty", 0, CLIPPED)
    assert unconfirmed_before([young, late, proven], at(36), hour) == [young, unconfirmed, proven]
    rows = Covered(span(36, 48), at(500), "rows")
    assert unconfirmed_before([late, rows], at(48), hour) == [late, rows]


def test_a_series_was_tracked_where_its_silence_was_read_up_to_date() -> None:
    hour = timedelta(hours=1)
    young = Covered(span(0, 12), at(13), "empty", 1)
    assert [was_tracked([young], at(bucket), hour) for bucket in (0, 12, 13)] == [True, True, False]
    for other in (replace(young, observed_at=at(500)), replace(young, empty_reads=0)):
        assert not was_tracked([other], at(12), hour)


# While a doubt is younger than a day its newest bucket is provisional, which is another reason to ask.
@given(age_days=st.integers(1, 2000), passed_hours=st.integers(0, 9000))
def test_when_unconfirmed_silence_is_due_again(age_days: int, passed_hours: int) -> None:
    day, passed = timedelta(days=1), timedelta(hours=passed_hours)
    seen = at(12) + age_days * day
    doubt = [Covered(span(0, 12), seen, "empty", 0, CLIPPED)]
    asked = due(doubt, span(0, 12), M5, seen + passed, FRESHNESS)
    assert bool(asked) == (passed >= max(day, age_days * day / 10))
    for grown, expected in ((seen + timedelta(seconds=1), True), (seen, bool(asked))):
        assert bool(due(doubt, span(0, 12), M5, seen + passed, replace(FRESHNESS, deeper_since=grown))) == expected


def test_answers_in_doubt_never_prove_emptiness_however_many() -> None:
    entries: list[Covered] = []
    for day in range(1, 9):
        seen = at(0) + timedelta(days=day)
        entries = overlay(entries, observe(span(0, 6), [], M5, seen, doubts=OUTSIDE), M5, FRESHNESS)
        assert entries == [Covered(span(0, 6), seen, "empty", 0, OUTSIDE)]
    for day in (9, 10):
        seen = at(0) + timedelta(days=day)
        entries = overlay(entries, observe(span(0, 6), [], M5, seen), M5, FRESHNESS)
    assert entries == [Covered(span(0, 6), seen, "empty", PROVEN_READS)]


def test_an_answer_in_doubt_takes_a_first_read_back_and_no_proof() -> None:
    late = Covered(span(0, 1), at(500), "empty", 0, OUTSIDE)
    once = overlay([], [Covered(span(0, 1), at(50), "empty", 1)], M5, FRESHNESS)
    assert overlay(once, [late], M5, FRESHNESS) == [late]
    proven = [Covered(span(0, 1), at(50), "empty", PROVEN_READS)]
    assert overlay(proven, [late], M5, FRESHNESS) == proven


def test_neighbours_with_other_reasons_stay_apart() -> None:
    seen = at(50)
    both = [Covered(span(0, 2), seen, "empty", 0, CLIPPED), Covered(span(2, 4), seen, "empty", 0, OUTSIDE)]
    assert overlay([], both, M5, FRESHNESS) == both
    assert observe(span(0, 4), [], M5, seen, OUTSIDE, clipped_until=at(2)) == [
        replace(both[0], doubts=(*CLIPPED, *OUTSIDE)),
        both[1],
    ]


def test_doubts_are_named_by_their_reasons() -> None:
    seen = at(50)
    entries = [
        Covered(span(0, 2), seen, "empty", 0, CLIPPED),
        Covered(span(2, 4), seen, "empty", 0, OUTSIDE),
        Covered(span(4, 5), seen, "empty", 1),
        Covered(span(6, 8), seen, "empty", 0, CLIPPED),
    ]
    assert unconfirmed_in(entries) == {CLIPPED: [span(0, 2), span(6, 8)], OUTSIDE: [span(2, 4)]}
