from __future__ import annotations

import base64
import dataclasses
import html
import json
import random
import re
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.kwery.api_key import REMOVED, ApiKey
from include.kwery.spellings import LARGE_BYTES, LARGE_TEXTS
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, page_reply, request

SPELT_SIGNS: tuple[Callable[[str], str], ...] = (
    lambda sign: sign,
    lambda sign: f"\\u{ord(sign):04x}",
    lambda sign: f"\\u{ord(sign):04X}",
    lambda sign: f"\\x{ord(sign):02x}",
    lambda sign: f"%{ord(sign):02x}",
    lambda sign: f"%{ord(sign):02X}",
    lambda sign: f"&#{ord(sign)};",
    lambda sign: f"&#x{ord(sign):04x};",
    lambda sign: f"&#X{ord(sign):X};",
    lambda sign: f"&#{ord(sign):020};",
    lambda sign: f"\\u{{{ord(sign):08x}}}",
    lambda sign: f"\\{ord(sign):03o}",
    lambda sign: f"%u{ord(sign):04x}",
    lambda sign: chr(ord(sign) + 0xFEE0),
    lambda sign: f"{sign}\u200b",
    lambda sign: f"\\u00ad{sign}",
)
IN_BASE64: tuple[Callable[[str], str], ...] = (
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(b"user:" + text.encode() + b" and more").decode(),
)
LAYERS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    lambda text: quote(text, safe=""),
    lambda text: html.escape(text),
    *IN_BASE64,
)
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=10, max_size=40)
plain_keys = st.from_regex(r"kwery_(live|test)_[A-Za-z0-9/+=._-]{6,30}", fullmatch=True)


@given(plain_keys, st.lists(st.sampled_from(SPELT_SIGNS), min_size=45, max_size=45), st.sampled_from(LAYERS))
def test_rule_7_any_mix_of_spellings_is_cut(
    value: str, spellings: list[Callable[[str], str]], layer: Callable[[str], str]
) -> None:
    inner = "".join(spell(sign) for spell, sign in zip(spellings, value, strict=False))
    if layer in IN_BASE64:
        inner = value  # encoded as it is: what holds escapes is another text there
    left = ApiKey(value).redact(f'{{"note": "see {layer(inner)} there"}}')
    assert REMOVED in left
    assert left.startswith('{"note": "see ')
    assert left.endswith(' there"}')
    middle = left.removeprefix('{"note": "see ').removesuffix(' there"}').replace(REMOVED, "")
    assert len(middle) <= 40, "nothing but what stood around the key"
    assert value[3:-3] not in middle


WHOLE: dict[str, Callable[[str], bytes]] = {
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16 with its mark": lambda text: text.encode("utf-16"),
    "utf-32-be": lambda text: text.encode("utf-32-be"),
    "utf-16, then escaped": lambda text: "".join(f"%{byte:02X}" for byte in text.encode("utf-16-le")).encode(),
    "utf-16, then base64": lambda text: base64.b64encode(b"\0k\0=" + text.encode("utf-16-be")),
    "base64 in utf-16": lambda text: base64.b64encode(text.encode()).decode().encode("utf-16-le"),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(b"key " + text.encode()) + b" "),
    "base64 three times": lambda text: base64.b64encode(base64.b64encode(base64.b64encode(text.encode()))),
    "base64 in lines": lambda text: base64.encodebytes(b"a long line before it, longer than lines are" + text.encode()),
    "base64 in lines in JSON": lambda text: json.dumps(base64.encodebytes(b"x" * 45 + text.encode()).decode()).encode(),
    "style sheet": lambda text: "".join(f"\\{ord(sign):x} " for sign in text).encode(),
    "style sheet, six digits": lambda text: "".join(f"\\{ord(sign):06x}" for sign in text).encode(),
    "style sheet in JSON": lambda text: "".join(f"\\\\{ord(sign):x} " for sign in text).encode(),
    "quoted-printable": lambda text: "".join(f"={ord(sign):02X}" for sign in text).encode(),
    "quoted-printable in lines": lambda text: "=\r\n".join(text).encode(),
    "reversed": lambda text: text[::-1].encode(),
    "base32": lambda text: base64.b32encode(b"a " + text.encode()),
    "base32 in small letters": lambda text: base64.b32encode(text.encode() + b" b").lower(),
    "base85": lambda text: base64.b85encode(b"abc" + text.encode()),
    "ascii85": lambda text: base64.a85encode(text.encode()),
    "names": lambda text: text.title().encode(),
    "the other case": lambda text: text.swapcase().encode(),
    "capitals": lambda text: text.upper().encode(),
    "capitals, escaped": lambda text: quote(text.upper(), safe="").encode(),
    "hex": lambda text: text.encode().hex(" ").encode(),
    "hex of utf-16": lambda text: text.encode("utf-16-le").hex().encode(),
    "numbers": lambda text: json.dumps(list(text.encode())).encode(),
    "octal": lambda text: "".join(f"\\{ord(sign):o}" for sign in text).encode(),
    "stretched": lambda text: "\ufe0f".join(text).encode(),
    "stretched by references": lambda text: "&zwnj;".join(text).encode(),
    "mathematical": lambda text: "".join(
        chr(0x1D41A + ord(sign) - 97) if "a" <= sign <= "z" else sign for sign in text
    ).encode(),
    "reversed, then base64": lambda text: base64.b64encode(b"a:" + text[::-1].encode() + b":b"),
    "base64, then reversed": lambda text: base64.b64encode(b"a:" + text.encode() + b":b")[::-1],
    "escaped, then base64": lambda text: base64.b64encode("".join(f"%{ord(sign):02X}" for sign in text).encode()),
    "in JSON escapes, then base64": lambda text: base64.b64encode(
        "".join(f"\\u{ord(one):04x}" for one in text).encode()
    ),
    "references, then base64": lambda text: base64.urlsafe_b64encode(
        "".join(f"&#{ord(one)};" for one in text).encode()
    ),
    "hex, then base64": lambda text: base64.b64encode(text.encode().hex().upper().encode()),
    "base64, then hex": lambda text: base64.b64encode(b"a:" + text.encode()).hex(":").replace(":", "").encode(),
    "reversed, then hex": lambda text: text[::-1].encode().hex().encode(),
    "hex, then reversed": lambda text: text.encode().hex()[::-1].encode(),
    "numbers, then base64": lambda text: base64.b64encode(json.dumps(list(text.encode())).replace(" ", "").encode()),
    "base32, then base64": lambda text: base64.b64encode(base64.b32encode(text.encode())),
    "base64, then base32": lambda text: base64.b32encode(base64.b64encode(text.encode())),
    "base85, then base64": lambda text: base64.b64encode(base64.b85encode(text.encode())),
    "capitals, then base64": lambda text: base64.b64encode(b"Key " + text.upper().encode()),
    "reversed, then base32": lambda text: base64.b32encode(text[::-1].encode()),
    "base64, reversed, then escaped": lambda text: quote(
        base64.b64encode(text.encode()).decode()[::-1], safe=""
    ).encode(),
    "backslashes before it": lambda text: b"\\" * 40 + json.dumps(text).encode().replace(b"k", b"\\u006b"),
}


@pytest.mark.parametrize("encode", WHOLE.values(), ids=WHOLE)
def test_rule_7_a_key_encoded_as_a_whole_is_cut(encode: Callable[[str], bytes]) -> None:
    left = ApiKey(KEY).redact_bytes(b'{"note": "' + encode(KEY) + b'"}')
    assert REMOVED.encode() in left
    assert left.startswith(b'{"note"'), "what stands before it is kept"
    assert ApiKey(KEY).redact_bytes(left) == left


@given(keys, st.sampled_from(LAYERS[:5]), st.sampled_from(LAYERS[:5]))
@example(value="a%41bcdefghi", first=LAYERS[1], second=LAYERS[3])
@example(value="&amp;%2541\\u0041", first=LAYERS[3], second=LAYERS[3])
@example(value="00000000\\0", first=str, second=lambda text: json.dumps(text)[1:-1])
@example(value="00000000\\1", first=str, second=lambda text: json.dumps(text)[1:-1])
@example(value="000000000\\", first=str, second=lambda text: json.dumps(text)[1:-1])
def test_rule_7_a_key_that_looks_escaped_is_cut_too(
    value: str, first: Callable[[str], str], second: Callable[[str], str]
) -> None:
    assert ApiKey(value).redact(f" {second(first(value))} ").strip() == REMOVED


@given(st.binary(max_size=200))
def test_other_text_is_left_as_it_came(body: bytes) -> None:
    assert ApiKey(KEY).redact_bytes(body) is body


@pytest.mark.parametrize("text", ["%zz %4 100% &x; & \\u12 \\q \\ud83d\\ude00 &#99999999; \\U00110000", "\ud800 alone"])
def test_what_is_no_escape_is_left_as_it_came(text: str) -> None:
    assert ApiKey(KEY).redact(text) == text
    assert ApiKey(KEY).redact(f"{text} {KEY}") == f"{text} {REMOVED}"


def test_rule_7_an_escaped_key_is_in_no_page_and_no_header(start: Start) -> None:
    reply = page_reply(next="MARK")
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in KEY)
    body = json.dumps(reply.body).replace("MARK", escaped).encode()
    twice = quote(quote(KEY, safe="").replace("_", "%5f"), safe="")
    client, _ = start(dataclasses.replace(reply, body=body, headers={**reply.headers, "Link": twice}))
    page = client.page(request())
    assert json.loads(page.body)["meta"]["next"] == REMOVED
    assert page.headers["link"] == REMOVED


IN_ASCII85 = "kwery_test_066abcdefghij"
"""A key whose Ascii85 has a double quote in it."""
HEAD, TAIL = base64.a85encode(IN_ASCII85.encode()).split(b'"')
ROWS = json.dumps({"data": [{"symbol": "BTC", "timestamp": "2026-03-07T00:00:00Z", "usd": 1.5}] * 300}).encode()


def in_large_page(value: str, text: bytes, place: int = 11) -> tuple[bytes, bytes]:
    """What is left of a page of rows with the text in it: for a key that has seen many pages, and for a new one."""
    page, key = ROWS[:place] + text + ROWS[place:], ApiKey(value)
    for _ in range(LARGE_TEXTS):
        key.redact_bytes(b'"' * LARGE_BYTES)
    return key.redact_bytes(page), ApiKey(value).redact_bytes(page)


@pytest.mark.parametrize("encode", WHOLE.values(), ids=WHOLE)
def test_rule_7_a_key_in_a_large_page_is_cut(encode: Callable[[str], bytes]) -> None:
    left, expected = in_large_page(KEY, b'"note": "' + encode(KEY) + b'", ')
    assert left == expected
    assert REMOVED.encode() in left


@given(plain_keys, st.lists(st.sampled_from(SPELT_SIGNS), min_size=45, max_size=45), st.sampled_from(LAYERS))
@settings(max_examples=50)
def test_rule_7_any_mix_of_spellings_in_a_large_page_is_cut(
    value: str, spellings: list[Callable[[str], str]], layer: Callable[[str], str]
) -> None:
    inner = value if layer in IN_BASE64 else "".join(map(lambda spell, sign: spell(sign), spellings, value))
    left, expected = in_large_page(value, layer(inner).encode(), place=len(ROWS) - 1)
    assert left == expected
    assert REMOVED.encode() in left


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("(10)(11)(12)(13)", '"\u247d\u247e\u247f\u2480", '.encode()),  # longer than it is spelt
        ("(10)(11)(12)(13)", '"\u247d\u247e\n\u247f\u2480", '.encode()),
        ('a1b2c3"d4e5f6', b'"a1b2c3\\"d4e5f6", '),
        ('a1b2c3"d4e5f6', b"a1b2c3&quot;d4e5f6"),
        ("kwery_test_0123456", b'kwery_"test_0123456'),
        ('kwery_test_01"2345678901234', b'kwery_test_01"2345678901234'),
        (IN_ASCII85, base64.a85encode(IN_ASCII85.encode())),
        (IN_ASCII85, quote(HEAD, safe="").encode() + b'"' + TAIL),
        (IN_ASCII85, base64.a85encode(IN_ASCII85.encode()).replace(b'"', b"&quot;")),
        (IN_ASCII85, base64.a85encode(IN_ASCII85.encode()).replace(b'"', b'\\"')),
        (IN_ASCII85, b" ".join(bytes((sign,)) for sign in base64.a85encode(IN_ASCII85.encode()))),
        (IN_ASCII85, quote(base64.a85encode(IN_ASCII85.encode()), safe='"').encode()),
        (IN_ASCII85, quote(base64.a85encode(IN_ASCII85.encode()), safe='"').replace("%", "% ").encode()),
    ],
)
def test_rule_7_quotes_and_signs_that_grow_hide_no_key(value: str, text: bytes) -> None:
    left, expected = in_large_page(value, text)
    assert left == expected
    assert (REMOVED.encode() in left) == (b'"test' not in text)


@given(keys, st.binary(max_size=40), st.sampled_from(["%", "=", "&", "\\", "\u247d", '"', " "]), st.integers(0, 20_000))
@settings(max_examples=50)
def test_a_large_page_is_left_as_a_search_leaves_it(value: str, noise: bytes, sign: str, place: int) -> None:
    left, expected = in_large_page(value, noise + sign.encode() + value.encode()[:9] + noise, place)
    assert left == expected


UNITS = (
    *(b"\\", b"%", b"%25", b"&", b"&amp;", b"=", b"\\u005c", b"\\n", b"&#0", b"\\u{0", b"A", b" ", b"\0", b"\\61"),
    KEY.encode(),
    b"%25252541",
    random.Random(7).randbytes(600_000),
)
EXPENSIVE = {repr(unit)[:20]: unit * (600_000 // len(unit)) for unit in UNITS}


@pytest.mark.parametrize("body", EXPENSIVE.values(), ids=EXPENSIVE)
def test_the_cost_grows_with_the_length_alone(body: bytes) -> None:
    """About 0.1 s on an idle core for 600 KB of what is most expensive; quadratic work would take minutes."""
    begun = time.process_time()
    ApiKey(KEY).redact_bytes(body)
    assert time.process_time() - begun < 1


def test_a_page_of_a_thousand_rows_costs_little() -> None:
    """0.3 ms on an idle core; the bound is wide, as others may use it at the same time."""
    row = {
        "symbol": "BTC",
        "source": "binance_futures",
        "timestamp": "2026-03-07T00:00:00Z",
        "open_interest": 12345.678,
    }
    body, key = json.dumps({"data": [row] * 1000}).encode(), ApiKey(KEY)
    best = min(_seconds(key, body) for _ in range(20))
    assert best < 0.002


def _seconds(key: ApiKey, body: bytes) -> float:
    begun = time.process_time()
    for _ in range(5):
        key.redact_bytes(body)
    return (time.process_time() - begun) / 5


def test_every_escaped_form_of_json_is_known() -> None:
    text = "".join(map(chr, range(33, 127)))
    for escaped in (json.dumps(text)[1:-1], re.sub(".", lambda match: f"\\u{ord(match[0]):04x}", text)):
        assert ApiKey(text[:80]).redact(escaped).startswith(REMOVED)
