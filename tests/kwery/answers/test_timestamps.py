from __future__ import annotations

from datetime import UTC, datetime

from include.kwery.answers.timestamps import RowPosition, row_positions

MIDNIGHT = datetime(2026, 3, 7, tzinfo=UTC)


def instants(body: bytes) -> list[datetime]:
    return [row.instant for row in row_positions(body)]


def test_positions_are_read_in_every_spelling_of_instants() -> None:
    """Behaviour 15."""
    body = b"""{"data": [{"timestamp": "2026-03-07T00:00:00Z"}, {"timestamp": "2026-03-07T00:00:00.000000+00:00"},
        {"timestamp": null}, {"timestamp": "soon"}, {}, {"timestamp": "2026-03-07T01:00:00+01:00"}]}"""
    assert instants(body) == [MIDNIGHT] * 3


def test_a_nan_in_one_row_does_not_hide_the_other_rows() -> None:
    body = b'{"data": [{"timestamp": "2026-03-07T00:00:00Z", "open_interest": NaN}, null]}'
    assert instants(body) == [MIDNIGHT]


def test_a_body_without_rows_has_no_instants() -> None:
    assert instants(b"<html>") == []
    assert instants(b'{"detail": "no"}') == []


def test_unix_seconds_and_milliseconds_are_instants_and_a_bool_is_none() -> None:
    body = b'{"data": [{"timestamp": 1772841600}, {"timestamp": 1772841600000}, {"timestamp": true}]}'
    assert instants(body) == [MIDNIGHT] * 2


def test_a_position_names_its_source() -> None:
    body = b'{"data": [{"timestamp": "2026-03-07T00:00:00Z", "source": "kalshi"}]}'
    assert row_positions(body) == [RowPosition(MIDNIGHT, "kalshi")]
