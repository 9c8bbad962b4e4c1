"""Finding a text in other text however it is spelt: escaped, encoded, encoded again, or any mix of these.

What is escaped is decoded and searched, layer by layer, and places are followed back to the text as it came. A page
without a backslash, a percent sign or an ampersand costs a few searches.
"""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Iterator

MARKS = (b"\\", b"%", b"&")
LAYERS = 16
"""Encodings inside each other that are undone; each makes a text at least twice as long."""
_ESCAPE = re.compile(
    rb"""\\u\{[0-9a-fA-F]{1,6}\} | \\u[0-9a-fA-F]{4} | \\U[0-9a-fA-F]{8} | \\x[0-9a-fA-F]{2} | \\[0-7]{3}
    | \\["'\\/bfnrt] | %[0-9a-fA-F]{2} | %u[0-9a-fA-F]{4}
    | &\#[0-9]{1,10};? | &\#[xX][0-9a-fA-F]{1,8};? | &[A-Za-z][A-Za-z0-9]{1,30};?""",
    re.VERBOSE,
)
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{0,2}={0,2}")
_BASE64_BEFORE = re.compile(rb"[A-Za-z0-9+/_-]")

Place = tuple[int, int]


class Spellings:
    """Every spelling of one text of ASCII."""

    __slots__ = ("_base64", "_plain")

    def __init__(self, text: str) -> None:
        plain = text.encode()
        self._plain = tuple({plain, _decoded_fully(plain), plain.hex().encode(), plain.hex().upper().encode()})
        self._base64 = tuple(_in_base64(plain))

    def places(self, body: bytes) -> list[Place]:
        """Where it stands in `body`: starts and ends, sorted, apart from each other."""
        found = list(self._found(body))
        layer, origin = body, _Origin()
        for _ in range(LAYERS):
            decoded = _decoded(layer)
            if decoded is None:
                break
            layer, pieces = decoded
            origin = origin.through(pieces)
            found.extend(origin.place(*one) for one in self._found(layer))
        return _apart(found) if found else []

    def _found(self, body: bytes) -> Iterator[Place]:
        for spelt in self._plain:
            yield from _all(spelt, body)
        for spelt in self._base64:
            for start, end in _all(spelt, body):
                # The signs at both ends hold bits of the text and of its neighbours.
                before = start - 1 if start and _BASE64_BEFORE.match(body, start - 1) else start
                after = _BASE64.match(body, end)
                yield before, after.end() if after else end


class _Origin:
    """From places in a decoded layer to places in the text as it came."""

    def __init__(self, layers: tuple[_Pieces, ...] = ()) -> None:
        self._layers = layers

    def through(self, pieces: _Pieces) -> _Origin:
        return _Origin((*self._layers, pieces))

    def place(self, start: int, end: int) -> Place:
        for pieces in reversed(self._layers):
            start, end = pieces.start_of(start), pieces.end_of(end)
        return start, end


class _Pieces:
    """The escapes of one layer: where each stood, and where what it stands for is in the decoded text."""

    def __init__(self) -> None:
        self._decoded: list[int] = []  # where each escape begins in the decoded text
        self._lengths: list[int] = []
        self._spelt: list[Place] = []

    def add(self, decoded_start: int, length: int, start: int, end: int) -> None:
        self._decoded.append(decoded_start)
        self._lengths.append(length)
        self._spelt.append((start, end))

    def start_of(self, place: int) -> int:
        return self._origin(place, at_end=False)

    def end_of(self, place: int) -> int:
        return self._origin(place - 1, at_end=True)

    def _origin(self, place: int, *, at_end: bool) -> int:
        """Where the byte at `place` of the decoded text begins, or ends, in the one before."""
        number = bisect_right(self._decoded, place) - 1
        if number < 0:
            return place + at_end
        beyond = place - self._decoded[number] - self._lengths[number]
        start, end = self._spelt[number]
        if beyond < 0:
            return end if at_end else start
        return end + beyond + at_end


def _decoded(text: bytes) -> tuple[bytes, _Pieces] | None:
    """`text` with its escapes undone once; None when it has none."""
    parts: list[bytes] = []
    pieces, length, last = _Pieces(), 0, 0
    for place in _marks(text):
        if place < last:
            continue
        match = _ESCAPE.match(text, place)
        meant = _meant(match[0]) if match else None
        if match is None or meant is None:
            continue
        parts += (text[last:place], meant)
        length += place - last
        pieces.add(length, len(meant), place, match.end())
        length += len(meant)
        last = match.end()
    if not last:
        return None
    return b"".join((*parts, text[last:])), pieces


def _marks(text: bytes) -> list[int]:
    """Where an escape may begin."""
    places: list[int] = []
    for mark in MARKS:
        places += [start for start, _ in _all(mark, text)]
    places.sort()
    return places


def _meant(escape: bytes) -> bytes | None:
    """What an escape stands for; None where it is none, such as an ampersand before a word."""
    kind, rest = escape[:1], escape[1:]
    if kind == b"&":
        text = html.unescape(escape.decode())
        return None if text.encode() == escape else text.encode(errors="replace")
    if kind == b"%":
        return _character(rest[1:]) if rest[:1] == b"u" else bytes((int(rest, 16),))
    if len(rest) == 1:
        return _SHORT.get(rest, rest)
    if rest[:1] in (b"u", b"U", b"x"):
        return _character(rest[1:].strip(b"{}"))
    return bytes((int(rest, 8) & 0xFF,))


def _character(digits: bytes) -> bytes:
    code = int(digits, 16)
    return chr(code).encode(errors="replace") if code < 0x110000 else b"?"


def _decoded_fully(text: bytes) -> bytes:
    for _ in range(LAYERS):
        decoded = _decoded(text)
        if decoded is None:
            break
        text = decoded[0]
    return text


def _in_base64(text: bytes) -> Iterator[bytes]:
    """What every Base64 of a text with this one inside has in common, for each place that it may begin at."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        whole = (shift + len(text)) * 8 // 6  # signs that hold nothing of what comes after
        core = encoded[(shift * 8 + 5) // 6 : whole]
        yield core
        if core.translate(_URL_SAFE) != core:
            yield core.translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _all(part: bytes, text: bytes) -> Iterator[Place]:
    place = text.find(part)
    while place >= 0:
        yield place, place + len(part)
        place = text.find(part, place + len(part))


def _apart(places: list[Place]) -> list[Place]:
    """Places that touch become one."""
    joined: list[Place] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
