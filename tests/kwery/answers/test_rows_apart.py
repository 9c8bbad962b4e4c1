from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.kwery.answers.rows_apart import take_apart

_TEXTS = st.sampled_from(["", "data", "}]", ']}],"data":[{}', "meta", '"data":[', "\\", "\u00e9", "null"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])


@given(
    st.lists(st.dictionaries(_TEXTS, _VALUES, max_size=2) | _VALUES, max_size=4),
    st.lists(st.tuples(_TEXTS.filter(lambda name: name != "data"), _VALUES), max_size=4),
    st.integers(0, 4),
    _SEPARATORS,
    st.booleans(),
)
@example([{"a": 1}], [("meta", [{}])], 0, (",", ":"), True)
@example([{"a": 1}], [("meta", "}]")], 0, (", ", ": "), True)
def test_rows_and_fields_are_those_of_the_json(
    rows: list[Any], beside: list[tuple[str, Any]], place: int, separators: tuple[str, str], ascii_only: bool
) -> None:
    """Wherever `data` stands, and whatever looks like its end."""
    members = [*beside[:place], ("data", rows), *beside[place:]]
    texts = [json.dumps({name: value}, separators=separators, ensure_ascii=ascii_only)[1:-1] for name, value in members]
    body = ("{" + separators[0].join(texts) + "}").encode()
    apart = take_apart(body)
    assert apart is not None
    assert apart.rows == len(rows)
    assert apart.row_bytes == len(json.dumps(rows, separators=separators, ensure_ascii=ascii_only).encode())
    assert apart.fields == dict(beside)
    repeats = len({name for name, _ in members}) < len(members)
    assert (apart.repeated_key is not None) == repeats


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"null", b"{}", b'{"data": null}', b'{"data": {}}', b'{"data": 1}', b"\xff", b"[" * 5000),
        *(b'{"data":[{}]', b'{"data":[{}],}', b'{"data":[{}]]}', b'{"data":[{}],"a":NaN}', b'{"data":[{"a":NaN}]}'),
        *(b'{"data":[{}]}]', b'{"data":[{},]}', b'{"data":[{}] "a":1}', b'\xef\xbb\xbf{"data":[{}]}', b'"data":[{}]'),
        *(b'{"data":[{"a":[' + b"[" * 5000 + b"}]}", b'{"data":[{}],"a":"\xff"}', b'{"data":[{}]}{}'),
    ],
)
def test_what_is_not_strict_json_with_rows_is_not_taken_apart(body: bytes) -> None:
    assert take_apart(body) is None


def test_a_repeated_list_of_rows_is_named() -> None:
    for body in (b'{"data":[{}],"data":[{}]}', b'{"data":[{}],"data":null}', b'{"data":[1],"data":[{}]}'):
        apart = take_apart(body)
        assert apart is None or apart.repeated_key == "data"
