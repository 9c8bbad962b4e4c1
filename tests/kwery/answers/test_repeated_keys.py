from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kwery.answers.repeated_keys import may_repeat_keys, repeated_key, repeated_key_beside_rows
from include.kwery.answers.rows_apart import take_apart
from include.kwery.answers.timestamps import row_positions
from include.kwery.errors import ContractBroken
from tests.kwery.conftest import Start
from tests.kwery.pages import request
from tests.kwery.scripted_server import Reply

DIGITS = "9" * 5000
"""More than Python converts to an integer."""
META = '"meta": {"next_cursor": null, "has_more": false}'


def key_beside_rows(body: bytes) -> str | None:
    apart = take_apart(body)
    return apart.repeated_key if apart else repeated_key_beside_rows(body, None)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"data": [1], "data": [1, 2], ' + META + "}", "data"),
        ('{"data": [1], "d\\u0061ta": [1], ' + META + "}", "data"),
        ('{"data": [], "data": [], ' + META + "}", "data"),
        ('{"data": [1], ' + META + ", " + META + "}", "meta"),
        ('{"data": [1], "next_cursor": "a", "next_cursor": "b"}', "next_cursor"),
        ('{"data": [1], "meta": {"has_more": true, "has_more": false}}', "has_more"),
        ('{"data": [1], "n": ' + DIGITS + ', "data": [1, 2], ' + META + "}", "data"),
        ('{"meta": {"has_more": 1, "x": [{"deep": 1, "deep": 1}]}, "data": [1]}', "deep"),
        ('{"meta": {"data": [1], "a": "[1]"}, "note": "\\"data\\": [1]", "data": [1], "note": 2}', "note"),
    ],
)
@pytest.mark.parametrize("spoilt", [False, True], ids=["strict", "with NaN"])
def test_a_key_repeated_beside_the_rows_is_no_page(start: Start, body: str, key: str, spoilt: bool) -> None:
    """Also where another row makes the JSON one that strict readers refuse."""
    if spoilt:
        body = body.replace("[1]", "[1, NaN]").replace("[]", "[NaN]")
    client, _ = start(Reply(body=body, headers={"X-Credits-Used": "53"}))
    with pytest.raises(ContractBroken, match=f"repeats the key '{key}'") as caught:
        client.page(request())
    assert caught.value.charge_credits == 53


@pytest.mark.parametrize("name", ["limits", "symbols", "status", "sources"])
def test_a_key_repeated_on_an_account_page_is_no_answer(start: Start, name: str) -> None:
    body = '{"plan": "pro", "credits": {"remaining": 5, "remaining": 500}, "data": []}'
    client, _ = start(Reply(body=body))
    with pytest.raises(ContractBroken, match="repeats the key 'remaining'"):
        getattr(client, name)()


def test_repeated_keys_in_rows_do_not_cost_the_page() -> None:
    for row in (b'{"a": 1, "a": 2}', b'{"a": NaN, "a": 2}', b'{"b": %s, "a": 1, "a": 2}' % DIGITS.encode()):
        assert key_beside_rows(b'{"data": [' + row + b'], "meta": {"a": 1}}') is None
        assert repeated_key(row) == "a"


def test_what_is_no_answer_with_rows_repeats_nothing() -> None:
    for body in (b"", b"[]", b"{", b"\xff", b'{"a": 1}', b"[" * 5000):
        assert key_beside_rows(body) is None


def test_a_row_that_repeats_a_key_does_not_say_where_to_resume() -> None:
    body = b'{"data": [{"timestamp": "2026-03-07T00:00:00Z", "timestamp": "2026-03-08T00:00:00Z"}, NaN, 1]}'
    assert row_positions(body) == []


_NAMES = st.text('ab:\\" \u00e9', max_size=3)
_JSON = st.recursive(
    st.none() | st.integers(-9, 9) | _NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)


def _keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys, value.values()))
    return sum(map(_keys, value)) if isinstance(value, list) else 0


@given(_JSON, st.sampled_from([(",", ":"), (", ", ": "), (", ", " : "), (",", "\n:")]), st.none() | st.integers(0, 2))
def test_the_quick_count_never_overlooks_a_repeated_key(value: Any, marks: tuple[str, str], indent: int | None) -> None:
    """It may take a page for a suspect that is none; never the other way round."""
    once = json.dumps(value, separators=marks, indent=indent, ensure_ascii=False)
    twice = json.dumps({"k": value, "K": 1}, separators=marks, indent=indent, ensure_ascii=False).replace('"K"', '"k"')
    assert repeated_key(once.encode()) is None
    assert repeated_key(twice.encode()) == "k"
    assert may_repeat_keys(msgspec.Raw(twice.encode()), _keys(json.loads(twice)))


@given(_JSON, _JSON, st.booleans())
def test_an_answer_without_repeats_is_never_suspected(rows: Any, meta: Any, rows_first: bool) -> None:
    body = {"data": [rows], "meta": meta} if rows_first else {"meta": meta, "data": [rows]}
    assert key_beside_rows(json.dumps(body).encode()) is None
