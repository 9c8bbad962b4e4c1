from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.clock import EPOCH, iso, parse_instant, utc_now

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-07", "2026-03-07T00:00:00Z", "2026-03-07T00:00:00.000000+00:00", " 2026-03-07T01:00+01:00 "],
)
def test_every_spelling_of_an_instant_is_the_same_one(text: str) -> None:
    assert parse_instant(text) == MIDNIGHT


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"]
)
def test_what_is_no_instant_is_told_with_its_text(text: str) -> None:
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
