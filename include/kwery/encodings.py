"""Encodings of a whole text: reversed, as numbers, in Base64, Base32 and Base85, and one of them inside another.

An encoded text may begin anywhere in what was encoded. So each encoding gives the part of it that does not depend on
what stood beside the text, for each place that the text may begin at.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote

BASE64_LEVELS = 3
_SEPARATORS = ("", ":", "-", ",", ",0x", "\\x", "00")
"""Between the bytes in hexadecimal; `00` is in those of UTF-16."""
_INNER_SEPARATORS = ("", " ", ":", "-", ",")
_ESCAPES = ("%{:02x}", "%{:02X}", "\\u{:04x}", "\\x{:02x}", "&#{};", "&#x{:x};")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def in_any_case(text: bytes) -> set[bytes]:
    """Encodings in lower case whose letters may be of either case."""
    once = (text, text[::-1], *_as_numbers(text), *_in_base32(text))
    twice = (text[::-1].hex(), text.hex()[::-1], *(core.hex() for core in _cores(text)))
    return {one.lower() for one in (*once, *(one.encode() for one in twice))}


def in_one_case(text: bytes) -> set[tuple[bytes, int]]:
    """Encodings whose letters mean something else in the other case, and how many encodings of Base64 each is inside.

    Base32 inside or around another encoding is taken to be in capitals: in small letters too many texts look like it.
    """
    found = {(one, 0) for one in _in_base85(text)}
    found.update(_in_base64(text))
    for inner in _inside_another(text):
        found.update((core, 1) for core in _cores(inner))
        found.update((outer, 0) for outer in _in_base32(inner))
    found.update((outer, 0) for outer in _in_base85(text[::-1]))
    found.update((core[::-1], 1) for core in _cores(text))
    found.update((outer[::-1], 0) for outer in (*_in_base32(text), *_in_base85(text)))
    return found


def _inside_another(text: bytes) -> Iterator[bytes]:
    """Forms of the text that are then encoded once more."""
    plain = text.decode(errors="replace")
    yield text[::-1]
    for form in (plain.upper(), plain.lower(), plain.swapcase(), quote(plain, safe=""), html.escape(plain)):
        yield form.encode()
    yield json.dumps(plain)[1:-1].encode()
    for escape in _ESCAPES:
        yield "".join(escape.format(byte) for byte in text).encode()
    for separator in _INNER_SEPARATORS:
        numbers = separator.join(f"{byte:02x}" for byte in text).encode()
        yield from (numbers, numbers.upper())
    yield ",".join(map(str, text)).encode()
    yield from (*_cores(text), *_in_base32(text), *_in_base85(text))
    yield from (plain.encode("utf-16-le"), plain.encode("utf-16-be"))


def _as_numbers(text: bytes) -> Iterator[bytes]:
    """Its bytes, and those of its UTF-16, as numbers."""
    for separator in _SEPARATORS:
        yield separator.join(f"{byte:02x}" for byte in text).encode()
    yield ",".join(map(str, text)).encode()


def _in_base64(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Base64, up to BASE64_LEVELS times, and how often."""
    inner = {text}
    for level in range(1, BASE64_LEVELS + 1):
        inner = {core for one in inner for core in _cores(one)}
        for core in inner:
            yield core, level


def _in_base32(text: bytes) -> Iterator[bytes]:
    for shift in range(5):
        encoded = base64.b32encode(b"\0" * shift + text)
        yield encoded[(shift * 8 + 4) // 5 : (shift + len(text)) * 8 // 5]


def _in_base85(text: bytes) -> Iterator[bytes]:
    """The groups of four bytes that are all of this text, in both usual alphabets."""
    for start in range(4):
        groups = text[start : start + (len(text) - start) // 4 * 4]
        yield from (base64.a85encode(groups), base64.b85encode(groups))


def _cores(text: bytes) -> Iterator[bytes]:
    """Base64, in both usual alphabets where they differ."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        whole = (shift + len(text)) * 8 // 6  # signs that hold nothing of what comes after
        core = encoded[(shift * 8 + 5) // 6 : whole]
        yield core
        if core.translate(_URL_SAFE) != core:
            yield core.translate(_URL_SAFE)
