"""Every spelling of an instant through every door that reads one: rows, headers, account pages, options, parameters."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import FormatChecker
from typer import BadParameter

from include.cli.options import read_instant as read_option
from include.domain.clock import EPOCH, from_unix, parse_instant, read_instant
from include.kwery.answers.account import statuses_of, symbols_of
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.headers import seconds_until
from include.kwery.answers.timestamps import row_positions
from include.kwery.models import Page
from include.quality.parsed_batch import NO_TIME, _parse
from include.quality.values import MICROSECOND, read_microseconds
from include.simulator.errors import ApiError
from include.simulator.queries import _instant as read_parameter
from oi_airflow.params import INSTANT_FORMAT, know_instants
from oi_airflow.run_range import RunRefused, _asked
from tests.kwery.pages import request
from tests.quality.pages import page, row

MOMENT = datetime(2026, 3, 7, 1, tzinfo=UTC)
TEXTS = [
    "2026-03-07T01:00:00Z",
    "2026-03-07T01:00:00z",
    "2026-03-07t01:00:00Z",
    "2026-03-07 01:00:00Z",
    "2026-03-07  01:00:00 Z",
    "2026-03-07 01:00:00 UTC",
    "2026-03-07T01:00:00gmt",
    "2026-03-07T01:00:00",
    "2026-03-07T01:00Z",
    "2026-03-07T01Z",
    "2026-03-07T02+01",
    "2026-03-07T02:00:00+0100",
    "2026-03-07T02:00:00+01:00",
    "2026-03-06T20:00:00-05:00",
    "2026-03-06T20:00:00\u221205:00",
    "2026-03-07T01:00:00-00:00",
    "2026-03-07T01:00:00.0Z",
    "2026-03-07T01:00:00.000000000000000000000000Z",
    "2026-03-07T01:00:00,000+00:00",
    "20260307T010000Z",
    "2026-03-07T0100Z",
    "2026-W10-6T01:00Z",
    "2026-03-06T24:00-01:00",
    " 2026-03-07T01:00:00Z\t",
    "1772845200",
    "1772845200.0",
    "1772845200,000",
    "1772845200000",
    "1772845200000000",
    "1772845200000000000",
]
NUMBERS: list[float] = [1772845200, 1772845200.0, 1772845200000, 1772845200000.0, 1772845200000000, 1772845200000000000]
REFUSED = [
    "",
    "soon",
    "2026",
    "202603",
    "2026-03",
    "17728452",
    "177284520000",
    "20260307010000",
    "-1772845200",
    "1,772,845,200",
    "1.7728452e9",
    "07/03/2026 01:00",
    "2026-02-29T01:00:00Z",
    "2026-03-07T01:00:60Z",
    "2016-12-31T23:59:60Z",
    "2026-03-07T24:00:01Z",
    "2026-03-07T25:00:00Z",
    "2026-03-07x01:00:00Z",
    "2026-03-07T01:00:00.Z",
    "2026-03-07T01:00:00 CET",
    "2026-03-07T01:00:00+24:00",
    "2026-03-07Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
    "٢٠٢٦-٠٣-٠٧",
    "2026-03-07T01:00:00Z\0",
]


def _answer(**body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode(), MOMENT)


def _clamped_page(value: object) -> Page:
    return page_of(request(), _answer(data=[], meta={"effective_start": value, "clamped": True}))


def _row_position(value: object) -> datetime | None:
    return next((one.instant for one in row_positions(json.dumps({"data": [{"timestamp": value}]}).encode())), None)


def _validated(*values: object) -> list[datetime | None]:
    from include.quality.parsed_batch import assemble, decode_pages

    readings = assemble(decode_pages([page(*(row(timestamp=value) for value in values))]), {})
    return [None if us == NO_TIME else EPOCH + us * MICROSECOND for us in readings.timestamp.tolist()]


def _header(text: object) -> datetime | None:
    day_before = MOMENT - timedelta(days=1)
    seconds = seconds_until(text, day_before)
    return None if seconds is None else day_before + timedelta(seconds=seconds)


def _fits_form(text: str) -> bool:
    know_instants()
    return FormatChecker().conforms(text, INSTANT_FORMAT)


def _or_none(read: Callable[[], datetime]) -> datetime | None:
    try:
        return read()
    except (ValueError, BadParameter, ApiError, RunRefused):
        return None


JSON_DOORS: dict[str, Callable[[Any], datetime | None]] = {
    "any JSON value": lambda value: _or_none(lambda: read_instant(value)),
    "rows, where a walk resumes": _row_position,
    "rows, beside a sound one": lambda value: _validated(value, "2026-03-07T00:00:00Z")[0],
    "rows, beside no instant": lambda value: _validated("soon", value)[1],
    "meta.effective_start": lambda value: _clamped_page(value).clamped_to,
    "earliest_data": lambda value: (
        symbols_of(_answer(data=[{"symbol": "BTC", "earliest_data": value}]))[0].earliest_data
    ),
    "last_run": lambda value: statuses_of(_answer(data=[{"source": "kalshi", "last_run": value}]))[0].last_run,
}
TEXT_DOORS: dict[str, Callable[[str], datetime | None]] = {
    "--from": lambda text: _or_none(lambda: read_option(text, "--from")),
    "a DAG's from": lambda text: _or_none(lambda: _asked(text, "2100-01-01").start),
    "a DAG's form": lambda text: _or_none(lambda: parse_instant(text)) if _fits_form(text) else None,
    "the simulator's start": lambda text: _or_none(lambda: read_parameter("start", text) or EPOCH),
}


@pytest.mark.parametrize("door", [*JSON_DOORS, *TEXT_DOORS, "a header"])
def test_every_spelling_is_the_same_instant_through_every_door(door: str) -> None:
    """Behaviour 15."""
    read = (JSON_DOORS | TEXT_DOORS | {"a header": _header})[door]
    values = [*TEXTS, *NUMBERS] if door in JSON_DOORS else TEXTS
    assert {repr(value): read(value) for value in values} == {repr(value): MOMENT for value in values}


@pytest.mark.parametrize("door", [*JSON_DOORS, *TEXT_DOORS])
def test_what_is_ambiguous_is_refused_through_every_door(door: str) -> None:
    read = (JSON_DOORS | TEXT_DOORS)[door]
    assert {text: read(text) for text in REFUSED if text} == {text: None for text in REFUSED if text}


def test_a_refused_range_is_an_error_that_no_retry_can_change() -> None:
    with pytest.raises(RunRefused, match="is not an ISO 8601 time"):
        _asked("2026-03-07T01:00:60Z", "2026-03-08")


@pytest.mark.parametrize("value", [True, False, None, [], {}, float("nan"), float("inf"), 1e20, -1e300, 10**30, -9e10])
def test_values_that_are_no_instant_are_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"neither|no Unix time|lies beyond"):
        read_instant(value)


@pytest.mark.parametrize(
    ("number", "microseconds"),
    [
        (0, 0),
        (-5, -5_000_000),
        (10**11 - 1, (10**11 - 1) * 1_000_000),
        (10**11, 10**14),
        (10**14, 10**14),
        (10**17, 10**14),
        (1772845200.25, 1772845200_250_000),
        (1772845200123456789, 1772845200_123_457),
    ],
)
def test_the_size_of_a_number_says_its_unit(number: float, microseconds: int) -> None:
    assert (from_unix(number) - EPOCH) // MICROSECOND == microseconds


@given(st.integers(0, 4_000_000_000), st.text("0123456789", max_size=45), st.sampled_from(".,"))
def test_no_fraction_of_a_second_ever_falls_on_a_whole_one(seconds: int, fraction: str, mark: str) -> None:
    """Or a row between two buckets would be stored as the bucket's own."""
    whole = from_unix(seconds)
    calendar = f"{whole:%Y-%m-%dT%H:%M:%S}{mark}{fraction or 0}Z"
    read = [parse_instant(calendar)]
    if seconds >= 1_000_000_000:
        read.append(parse_instant(f"{seconds}{mark}{fraction or 0}"))
    for instant in read:
        assert 0 <= (instant - whole).total_seconds() < 1
        assert (instant == whole) == (not fraction.strip("0"))


_PARTS = [
    st.sampled_from(["2026-03-07", "20260307", "0000-01-01", "0001-01-01", "9999-12-31", "2026-02-29", "2026-W10-6"]),
    st.sampled_from(["", "T00", "T01:00", " 01:00:00", "t01:00:00", "T24:00:00", "T23:59:60", "T010000", "x01:00"]),
    st.sampled_from(["", ".1", ".123456", ".1234567", ".0000000", ",5", "."]),
    st.sampled_from(["", "Z", "z", "+00:00", "+0100", "+01", "-05:00", "+23:59", "+24:00", " Z", "UTC", "+5:00"]),
]


@given(st.lists(st.tuples(*_PARTS).map("".join) | st.sampled_from(TEXTS + REFUSED), min_size=1, max_size=4))
def test_the_fast_and_the_slow_reading_of_rows_agree(texts: list[str]) -> None:
    expected = [NO_TIME if (us := read_microseconds(text)) is None else us for text in texts]
    assert _parse(pa.array(texts)).tolist() == expected
    assert [_parse(pa.array([text])).item() for text in texts] == expected
