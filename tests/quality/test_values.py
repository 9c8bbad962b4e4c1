from __future__ import annotations

import math
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.domain.clock import EPOCH
from include.quality.values import MICROSECOND, ParseStatus, read_microseconds, read_number, timestamp_text


@given(st.floats() | st.integers() | st.text(max_size=8) | st.booleans() | st.none())
def test_a_number_is_read_finite_or_not_at_all(value: object) -> None:
    number, reading = read_number(value)
    assert (number is not None) == (reading is ParseStatus.VALUE)
    assert number is None or (isinstance(number, float) and math.isfinite(number))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_and_its_text_read_alike(value: float) -> None:
    assert read_number(value) == read_number(str(value)) == (value, ParseStatus.VALUE)


@pytest.mark.parametrize("text", ["soon", "", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+05:00", "17728416"])
def test_a_text_that_is_no_instant_is_none(text: str) -> None:
    assert read_microseconds(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_column_reader_and_the_single_reader_agree(instant: datetime) -> None:
    for text in (instant.isoformat(), instant.isoformat().replace("+00:00", "Z"), instant.isoformat(" ")):
        column = pa.array([text]).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        assert read_microseconds(text) == column[0].as_py() == (instant - EPOCH) // MICROSECOND


@given(st.integers(0, 4_000_000_000))
def test_epoch_seconds_and_milliseconds_become_the_same_text(seconds: int) -> None:
    if seconds >= 100_000_000:  # fewer milliseconds than that read as seconds
        assert timestamp_text(seconds) == timestamp_text(seconds * 1000)
    assert read_microseconds(timestamp_text(seconds) or "") == seconds * 1_000_000


@pytest.mark.parametrize("value", [1e300, float("nan"), float("inf"), True, [], {}])
def test_a_timestamp_of_no_use_keeps_its_own_text(value: object) -> None:
    text = timestamp_text(value)
    assert text is not None
    assert read_microseconds(text) is None
