"""Escapes undone, layer by layer, with places in the result followed back to the text as it came.

The regular-expression engine splits a text at its escapes, and each distinct escape is read once. So the cost grows
with the length of a text alone, whatever it holds.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

Place = tuple[int, int]

NOISE = bytes((*range(0x21), *range(0x80, 0x100)))
"""Bytes that no key has: blanks, line ends, the NUL bytes of UTF-16 and UTF-32, and all that is not ASCII."""
_NOISE_RUN = re.compile(b"([\x00-\x20\x80-\xff]+)")

_BRACES_AND_HEX = rb"""[ux]\{0*+[0-9a-fA-F]{1,6}\} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8} | x[0-9a-fA-F]{2}"""
_WITHOUT_BACKSLASH = rb"""
    %[0-9a-fA-F]{2} | %u[0-9a-fA-F]{4}
    | &\#0*+[0-9]{1,7};? | &\#[xX]0*+[0-9a-fA-F]{1,6};? | &[A-Za-z][A-Za-z0-9]{1,30};?
    | \xef\xbc[\x81-\xbf] | \xef\xbd[\x80-\x9e]                                # fullwidth letters
    | \xf0\x9d[\x90-\x9f][\x80-\xbf]                                           # mathematical ones
    | \xe2[\x91-\x93][\x80-\xbf] | \xf0\x9f[\x84\x85][\x80-\xbf]               # and those in circles
"""
LEADS = b"\\%&=\xe2\xef\xf0"
"""What every escape begins with."""
_HEX_LETTERS = tuple(bytes((letter,)) for letter in b"abcdefABCDEF")
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


Parts = tuple[list[bytes], list[bytes]]
"""By turns plain text and an escape, twice: as they came, and what they stand for."""


class Layer:
    """A text with its escapes undone once."""

    def __init__(self, text: bytes, parts: Callable[[], Parts]) -> None:
        self.text = text
        self._parts = parts
        self._places: tuple[list[int], list[int]] | None = None

    def origin(self, place: Place) -> Place:
        """Where that place of `text` is in the text that it was made of."""
        start, _ = self._around(place[0])
        _, end = self._around(place[1] - 1)
        return start, end

    def _around(self, at: int) -> Place:
        """The byte, or the escape, that the byte of `text` at this place comes from."""
        spelt, meant = self._ends()
        number = bisect_right(meant, at)
        start, end = spelt[number - 1] if number else 0, spelt[number]
        if number % 2:
            return start, end
        start += at - (meant[number - 1] if number else 0)
        return start, start + 1

    def _ends(self) -> tuple[list[int], list[int]]:
        """Where each part ends; only a text with the key in it needs them."""
        if self._places is None:
            spelt, meant = self._parts()
            self._places = list(accumulate(map(len, spelt))), list(accumulate(map(len, meant)))
        return self._places


class Grammar:
    """One way to read escapes; `digits` is the base of those after a backslash."""

    def __init__(self, escapes: bytes, mark: bytes = b"", digits: int = 8) -> None:
        self._escape = re.compile(b"(%b | %b)" % (escapes, _WITHOUT_BACKSLASH), re.VERBOSE)
        self._mark = re.compile(mark)
        self._lead = mark[:1]
        self._digits = digits

    def applies(self, texts: Sequence[bytes]) -> bool:
        """True where a text holds what this grammar alone reads so."""
        # Most texts lack the byte that every mark begins with, which is seen ten times faster.
        return any(self._lead in text and self._mark.search(text) for text in texts)

    def undo(self, text: bytes) -> Layer | None:
        """`text` with its escapes undone once; None when it has none."""
        if not any(lead in text for lead in LEADS):
            return None
        spelt = self._escape.split(text)
        meanings = {escape: self._meant(escape) for escape in set(spelt[1::2])}
        if all(escape == meant for escape, meant in meanings.items()):
            return None
        meant = spelt.copy()
        meant[1::2] = map(meanings.__getitem__, spelt[1::2])
        return Layer(b"".join(meant), lambda: (spelt, meant))

    def _meant(self, escape: bytes) -> bytes:
        """What an escape stands for; the same text where it is not an escape, such as an ampersand before a word."""
        kind, rest = escape[:1], escape[1:]
        if kind == b"&":
            return _reference(escape)
        if kind == b"%":
            return _character(rest.removeprefix(b"u"), whole=rest[:1] == b"u")
        if kind == b"=":
            return _character(rest, whole=False) if rest.strip() else b""
        if kind == b"\\":
            return self._after_backslash(escape.lstrip(b"\\")) or b"\\"
        return unicodedata.normalize("NFKC", escape.decode(errors="replace")).encode()

    def _after_backslash(self, rest: bytes) -> bytes:
        if rest[:1] in (b"u", b"U", b"x"):
            return _character(rest[1:].strip(b"{}"))
        if rest[:1].isdigit() or (self._digits == 16 and rest[:1] in _HEX_LETTERS):
            return _character(rest, self._digits)
        return _SHORT.get(rest, rest)


# A run of backslashes is read as one, however deep it is nested.
_USUAL = rb"\\++(?: %b | [0-7]{1,3} | [\"'/bfnrt] )?" % _BRACES_AND_HEX
_CSS = rb"\\++(?: %b | [0-9a-fA-F]{1,6}[ \t\r\n]? | [\"'/nrt] )?" % _BRACES_AND_HEX
USUAL = Grammar(_USUAL)
OTHERS = (
    Grammar(_CSS, rb"\\[0-9a-fA-F]", digits=16),
    Grammar(rb"=[0-9a-fA-F]{2} | =[ \t]*+\r?\n | " + _USUAL, rb"=[0-9a-fA-F]{2}|=[ \t]*+\r?\n"),
)
"""Style sheets and quoted-printable, which are read beside the usual escapes: the same signs mean something else."""


def without_noise(text: bytes) -> Layer | None:
    """`text` without what stands between the signs of a key that is stretched; None when there is nothing of it."""
    stripped = text.translate(None, NOISE)
    return None if len(stripped) == len(text) else Layer(stripped, lambda: _noise(text))


def _noise(text: bytes) -> Parts:
    spelt = _NOISE_RUN.split(text)
    meant = spelt.copy()
    meant[1::2] = [b""] * (len(spelt) // 2)
    return spelt, meant


def _reference(escape: bytes) -> bytes:
    """A character reference of HTML."""
    if escape[1:2] != b"#":
        return html.unescape(escape.decode()).encode(errors="replace")
    digits = escape[2:].rstrip(b";")
    return _character(digits[1:]) if digits[:1] in (b"x", b"X") else _character(digits, 10)


def _character(digits: bytes, base: int = 16, *, whole: bool = True) -> bytes:
    """The character of that number in UTF-8; with `whole` False it is a byte of one."""
    code = int(digits.strip().lstrip(b"0") or b"0", base)  # a style sheet ends a number with a blank
    if not whole:
        return bytes((code,))
    return chr(code).encode(errors="replace") if code < 0x110000 else b"?"
