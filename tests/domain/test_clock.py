from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import CLOCK_TOLERANCE, EPOCH, STORABLE_UNTIL, Clocks, credible, iso, parse_instant, utc_now

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-07",
        "2026-03-07T00:00:00Z",
        "2026-03-07T00:00:00.000000+00:00",
        " 2026-03-07T01:00+01:00 ",
        "2026-066T00Z",
    ],
)
def test_every_spelling_of_an_instant_is_the_same_one(text: str) -> None:
    assert parse_instant(text) == MIDNIGHT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-366",
        "2026-000",
        "2026066",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_what_is_no_instant_is_reported_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an ISO 8601 time|lies beyond") as caught:
        parse_instant(text)
    assert repr(text) in str(caught.value)


@given(st.integers(0, 7_000_000_000_000_000), st.integers(-12, 12))
def test_an_instant_written_and_read_is_itself(microseconds: int, hours: int) -> None:
    aware = (EPOCH + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(hours=hours)))
    assert parse_instant(iso(aware)) == aware
    assert iso(aware).endswith("Z")


def test_now_is_aware_and_in_whole_milliseconds() -> None:
    now = utc_now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


SPAN = st.timedeltas(timedelta(days=-400), timedelta(days=400))


@given(SPAN, st.none() | SPAN)
def test_no_clock_that_runs_ahead_counts(worker_off: timedelta, agreed_off: timedelta | None) -> None:
    """Nothing is later than the earlier clock by more than the tolerance, but for a moment that both have passed."""
    clocks = Clocks(MIDNIGHT + worker_off, MIDNIGHT, None if agreed_off is None else MIDNIGHT + agreed_off)
    earlier = min(clocks.worker, MIDNIGHT)
    assert max(clocks.for_rows, clocks.for_records) <= earlier + CLOCK_TOLERANCE
    assert clocks.for_billing == max(earlier, clocks.agreed or earlier)
    assert clocks.differ == (abs(worker_off) > CLOCK_TOLERANCE)
    assert clocks.disputed in (None, MIDNIGHT, clocks.worker)
    assert clocks.disputed is None or clocks.disputed <= MIDNIGHT + CLOCK_TOLERANCE


def test_each_clock_keeps_its_office_while_both_agree() -> None:
    clocks = Clocks(MIDNIGHT + timedelta(minutes=4, milliseconds=123), MIDNIGHT)
    assert (clocks.for_rows, clocks.for_records, clocks.differ) == (MIDNIGHT, clocks.worker, False)
    assert (clocks.for_billing, clocks.disputed) == (MIDNIGHT, clocks.worker)
    assert Clocks(MIDNIGHT).for_rows == Clocks(MIDNIGHT).for_billing == MIDNIGHT
    assert Clocks(MIDNIGHT).disputed is None


def test_a_clock_that_was_never_set_does_not_count() -> None:
    never_set = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
    assert credible(never_set) is None
    assert Clocks(never_set, MIDNIGHT).for_records == Clocks(never_set, MIDNIGHT).for_rows == MIDNIGHT
    assert credible(datetime(9999, 12, 31, tzinfo=UTC)) == STORABLE_UNTIL
