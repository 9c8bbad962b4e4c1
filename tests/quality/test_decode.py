from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.quality.decode import Oddity, decode_page
from include.quality.values import ParseStatus
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
            Oddity(1, "open_interest", ParseStatus.UNREADABLE),
            Oddity(2, "row", ParseStatus.NO_OBJECT),
            Oddity(3, "open_interest_usd", ParseStatus.UNREADABLE),
            Oddity(4, "open_interest", ParseStatus.NOT_FINITE),
        ]
    )


def test_unknown_fields_are_ignored() -> None:
    """Behaviour 18."""
    text = b'{"symbol": "BTC", "ticker": {"a": [1], "b": {}}, "open_interest": 2}'
    for rows in ([text], [text, None]):
        page = columns(*rows)
        assert page.texts["symbol"][0].as_py() == "BTC"
        assert page.numbers["open_interest"][0].as_py() == 2


AT, OTHER = b'"timestamp": "2026-03-07T01:00:00Z"', b'"timestamp": "2026-03-07T02:00:00Z"'


@pytest.mark.parametrize(
    ("fields", "placed"),
    [
        (AT + b', "open_interest": 1, "open_interest": 2', True),
        (AT + b', "open_interest": 1, "op\\u0065n_interest": 1', True),
        (AT + b', "note": ":", "note":"x"', True),
        (AT + b', "ticker": {"a" : 1, "a": 2}', True),
        (AT + b", " + AT, True),
        (AT + b", " + OTHER, False),
        (AT + b', "symbol": "BTC", "symbol": "ETH"', False),
    ],
)
@pytest.mark.parametrize("beside", [row(0), row(0, ticker="x"), row(0, symbol=...), row(0, timestamp=1772841600)])
def test_a_row_that_repeats_a_key_is_rejected_and_placed(
    fields: bytes, placed: bool, beside: dict[str, object]
) -> None:
    """Whatever rows stand beside it: each way through a page finds it. Its values are left out."""
    page = columns(beside, b"{" + fields + b"}", row(3))
    assert page.oddities == [Oddity(1, "row", ParseStatus.REPEATED_KEY)]
    assert page.texts["timestamp"][1].as_py() == ("2026-03-07T01:00:00Z" if placed else None)
    assert page.numbers["open_interest"].to_pylist() == [50_000.25, None, 50_000.25]


def test_a_missing_field_does_not_make_up_for_a_repeated_one() -> None:
    """The page has as many keys as one without either."""
    page = columns(row(0, symbol=...), b"{" + AT + b', "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "e": 1}')
    assert page.oddities == [Oddity(1, "row", ParseStatus.REPEATED_KEY)]


_VALUES = st.none() | st.integers(-9, 9) | st.sampled_from([":", ":x", 'a":', "\\", " ", "\u00e9"]) | st.booleans()
_KEYS = st.sampled_from(["timestamp", "symbol", "open_interest", "extra", ":", 'q"', "\\u"])
_MEMBERS = st.lists(st.tuples(_KEYS, _VALUES | st.dictionaries(_KEYS, _VALUES, max_size=2)), max_size=7)


@given(st.lists(_MEMBERS, min_size=1, max_size=4), st.sampled_from([(", ", ": "), (",", ":"), (" ,\n", " :\t")]))
def test_every_repeated_key_is_found_and_no_other_row_suffers(rows: list[Any], marks: tuple[str, str]) -> None:
    texts = ["{" + marks[0].join(json.dumps(k) + marks[1] + json.dumps(v) for k, v in row) + "}" for row in rows]
    page = decode_page(('{"data": [' + marks[0].join(texts) + "]}").encode(), "p")
    repeating = [i for i, members in enumerate(rows) if len(dict(members)) < len(members)]
    assert [odd.row for odd in page.oddities if odd.status is ParseStatus.REPEATED_KEY] == repeating


def test_a_lone_surrogate_or_bytes_that_are_no_text_cost_their_row_only() -> None:
    page = columns(row(0), b'{"symbol": "\\ud800"}', b'{"symbol": "\xff"}')
    assert page.rows == 3
    assert page.texts["symbol"].to_pylist() == ["BTC", "\\ud800", None]
    assert page.oddities == [Oddity(2, "row", ParseStatus.NO_OBJECT)]
