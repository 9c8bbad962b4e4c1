from __future__ import annotations

from typing import Any

import pytest

from include.quality.decode import Oddity, decode_page
from include.quality.values import Reading
from tests.quality.pages import body, row

ODD = b'{"timestamp": "2026-03-07T00:00:00Z", "open_interest": true}'


def columns(*rows: object) -> Any:
    return decode_page(body(*rows), "p")


@pytest.mark.parametrize("last", [row(9), row(9, open_interest="5"), row(9, open_interest=True), b"NaN", None])
def test_sound_rows_read_the_same_whatever_stands_beside_them(last: object) -> None:
    """The fast and the slow way through a page agree."""
    sound = [row(0), row(1, open_interest_usd=None), row(2, symbol=...), row(3, open_interest=7)]
    alone, beside = columns(*sound), columns(*sound, last)
    for fields in ("texts", "numbers"):
        for name, values in getattr(alone, fields).items():
            assert getattr(beside, fields)[name].slice(0, len(sound)).equals(values)


def test_each_oddity_names_its_row_field_and_reason() -> None:
    odd = columns(row(0), ODD, None, row(1, open_interest_usd="x"), row(2, open_interest="inf"))
    assert sorted(odd.oddities) == sorted(
        [
            Oddity(1, "open_interest", Reading.UNREADABLE),
            Oddity(2, "row", Reading.NO_OBJECT),
            Oddity(3, "open_interest_usd", Reading.UNREADABLE),
            Oddity(4, "open_interest", Reading.NOT_FINITE),
        ]
    )


def test_unknown_fields_are_ignored_and_the_last_of_equal_keys_counts() -> None:
    """Behaviour 18."""
    text = b'{"symbol": "ETH", "symbol": "BTC", "ticker": {"a": [1]}, "open_interest": 1, "open_interest": 2}'
    for rows in ([text], [text, None]):
        page = columns(*rows)
        assert page.texts["symbol"][0].as_py() == "BTC"
        assert page.numbers["open_interest"][0].as_py() == 2


def test_a_lone_surrogate_or_bytes_that_are_no_text_cost_their_row_only() -> None:
    page = columns(row(0), b'{"symbol": "\\ud800"}', b'{"symbol": "\xff"}')
    assert page.rows == 3
    assert page.texts["symbol"].to_pylist() == ["BTC", "\\ud800", None]
    assert page.oddities == [Oddity(2, "row", Reading.NO_OBJECT)]
