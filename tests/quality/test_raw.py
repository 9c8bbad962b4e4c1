from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.quality.errors import BodyUnreadable
from include.quality.raw import raw_rows, read_row

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=6), json_values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_the_rows_texts_are_those_of_the_body_whatever_stands_around_them(
    rows: list[Any], meta: Any, indent: Any, meta_first: bool
) -> None:
    """NaN and Infinity included, which no strict decoder takes."""
    body = {"meta": meta, "data": rows} if meta_first else {"data": rows, "meta": meta}
    text = json.dumps(body, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        return
    raws = raw_rows(text, "p")
    assert all(raw in text for raw in raws)
    assert repr([json.loads(raw) for raw in raws]) == repr(json.loads(text)["data"])


def test_the_text_is_kept_to_the_blank() -> None:
    body = b'{ "data" : [ {"a" :1.50} ,\n NaN, "x" ] }'
    assert raw_rows(body, "p") == [b'{"a" :1.50}', b"NaN", b'"x"']


def test_a_byte_order_mark_is_tolerated() -> None:
    assert raw_rows(b'\xef\xbb\xbf{"data": [1]}', "p") == [b"1"]


def test_the_last_of_two_data_lists_counts_as_in_every_decoder() -> None:
    assert raw_rows(b'{"data": [1], "data": [NaN, 2]}', "p") == [b"NaN", b"2"]


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b'{"data"', b'{"data": {}}', b'{"data": [NaN}', b'{"a": NaN}', b"[NaN]"]
)
def test_a_body_without_a_rows_list_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(BodyUnreadable, match=r"landing/x.*expected a JSON object with a `data` list"):
        raw_rows(body, "landing/x")


def test_nothing_readable_is_read_as_nothing() -> None:
    assert read_row(b"{") is None
    assert read_row(b"\xff") is None
    assert read_row(b"[" * 100_000) is None


def test_an_integer_of_thousands_of_digits_is_read_as_infinite() -> None:
    assert read_row(b"9" * 5_000) == float("inf")
