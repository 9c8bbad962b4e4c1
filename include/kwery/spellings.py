"""Finding a text in other text however it is spelt: escaped, encoded, reversed, stretched, encoded again, or a mix.

It errs on the side of hiding: what could be the text after blanks and invisible characters are gone is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from include.kwery.encodings import BASE64_LEVELS, in_any_case, in_one_case
from include.kwery.escapes import LEADS, OTHERS, USUAL, Grammar, Layer, Place, without_noise
from include.kwery.stretches import stretches

LAYERS = 20
"""Encodings inside each other that are undone; most of them make a text at least twice as long."""
OTHER_LAYERS = 3
SHORTEST = 6
"""Bytes; a key that is itself made of escapes is not searched under a shorter meaning."""
_SIEVE_SIZE = 8
"""Bytes that are looked for first: at most 256 sets of them can be lacking."""
LARGE_BYTES = 16 * 1024
LARGE_TEXTS = 20
"""Large texts that are searched without numpy: its import takes as long as 100 of them, or 5 that hold a `=`."""
_QUOTE = b'"'
_FOUND = b"\x7f"
"""Stands over what was found in Base64; no key has it."""
_BASE64_AFTER = tuple(re.compile(b"[A-Za-z0-9+/_-]{0,%d}={0,2}" % (2 * level)) for level in range(BASE64_LEVELS + 1))
_BASE64_BEFORE = tuple(re.compile(b"[A-Za-z0-9+/_-]{0,%d}\\Z" % (2 * level)) for level in range(BASE64_LEVELS + 1))


class Spellings:
    """Every spelling of one text of ASCII, worked out at the first search: many a key is only checked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._large_texts = 0

    @cached_property
    def _searches(self) -> tuple[_Search, ...]:
        return tuple(map(_Search, _meanings(self._text.encode())))

    @cached_property
    def _shortest(self) -> int:
        return min(search.shortest for search in self._searches)

    @cached_property
    def _quoted(self) -> list[_Possible]:
        return [search.quoted for search in self._searches if search.quoted.all]

    @cached_property
    def _has_quote(self) -> bool:
        return any(search.has_quote for search in self._searches)

    def are_longer(self, body: bytes | str) -> bool:
        """True where `body` is too short for any: no escape in ASCII is shorter than what it stands for."""
        return len(body) < self._shortest and body.isascii()

    def places(self, body: bytes) -> list[Place]:
        """Where it stands in `body`: starts and ends, sorted, apart from each other, without blanks at their ends."""
        if self.are_longer(body) or (self._is_large(body) and self._are_not_in(body)):
            return []
        return self._found(body)

    def _found(self, body: bytes) -> list[Place]:
        found = [place for search in self._searches for place in search.places(body)]
        # In a style sheet a blank ends an escape; the same signs may be a key that holds a backslash.
        return _apart((start, start + len(body[start:end].rstrip())) for start, end in found)

    def _is_large(self, body: bytes) -> bool:
        """True for a text that is worth a look as a whole first."""
        if len(body) < LARGE_BYTES or self._has_quote:
            return False
        self._large_texts += 1
        return self._large_texts > LARGE_TEXTS

    def _are_not_in(self, body: bytes) -> bool:
        """True where none is in `body` for certain; a page of rows shows that ten times as fast as it is searched.

        Each quote is a quote in every layer. So a spelling without one lies in a stretch between two of them, which is
        as long as itself or has an escape in it. A spelling with quotes needs all its signs in some layer.
        """
        found = stretches(body, self._shortest, LEADS)
        if found is None:
            return False
        rest = _QUOTE.join(found)
        if not self.are_longer(rest) and self._found(rest):
            return False
        if not self._quoted:
            return True
        below = (layer.text for grammar in (USUAL, *OTHERS) for layer in _layers(rest, grammar))
        signs = b"".join((body, *below))
        return not any(possible.within(signs) for possible in self._quoted)


class _Search:
    """The spellings of one text that is not itself read as escapes.

    Every layer is searched for it as it is, also below a place where it was found: only a deeper layer shows where an
    escape of its last sign ends. What is Base64 is found once: without the blanks around, its neighbours look like it.
    """

    __slots__ = ("_exact", "_in_lower_case", "has_quote", "quoted")

    def __init__(self, plain: bytes) -> None:
        self._in_lower_case = _Possible([_Spelling(one, frozenset(one), 0) for one in in_any_case(plain)])
        self._exact = _Possible([_Spelling(one, frozenset(one), level) for one, level in in_one_case(plain)])
        self.has_quote = any(_QUOTE in one.text for one in self._in_lower_case.all)
        self.quoted = _Possible([one for one in self._exact.all if _QUOTE in one.text])

    @property
    def shortest(self) -> int:
        """The bytes of the shortest spelling."""
        return min(len(one.text) for one in (*self._in_lower_case.all, *self._exact.all))

    def places(self, body: bytes) -> list[Place]:
        found, body = self._found(body)
        texts = [body]
        found += self._found_below(body, USUAL, texts)
        for grammar in OTHERS:
            if grammar.applies(texts):
                found += self._found_below(body, grammar, [])
        return found

    def _found_below(self, body: bytes, grammar: Grammar, texts: list[bytes]) -> Iterator[Place]:
        """Places in the layers of `body`, whose texts are added to `texts`."""
        layers: list[Layer] = []
        for layer in _layers(body, grammar):
            layers.append(layer)
            found, layer.text = self._found(layer.text)
            texts.append(layer.text)
            for place in found:
                for below in reversed(layers):
                    place = below.origin(place)
                yield place

    def _found(self, text: bytes) -> tuple[list[Place], bytes]:
        """Its places in one layer, and the layer without those in Base64."""
        lower = text.lower()
        plain = [place for one in self._in_lower_case.within(lower) for place in _all(one.text, lower)]
        encoded: list[Place] = []
        for spelt, _, level in self._exact.within(text):
            if not level:
                plain += _all(spelt, text)
                continue
            for start, end in _all(spelt, text):
                # The signs at both ends hold bits of the text and of its neighbours.
                before = _BASE64_BEFORE[level].search(text[max(0, start - 2 * level) : start])
                after = _BASE64_AFTER[level].match(text, end)
                encoded.append((start - len(before[0]) if before else start, after.end() if after else end))
        return plain + encoded, _covered(text, encoded)


class _Spelling(NamedTuple):
    """One spelling, its distinct bytes, and how many encodings of Base64 it is inside."""

    text: bytes
    signs: frozenset[int]
    level: int


class _Possible:
    """The spellings that a text may hold: it lacks no byte of theirs.

    A page lacks one byte of most spellings, and a few such bytes rule out all of them. Pages of one vendor lack the
    same ones, so that the bytes which ruled spellings out are looked for first in the next text.
    """

    __slots__ = ("_remaining", "_sieve", "all")

    def __init__(self, spellings: Sequence[_Spelling]) -> None:
        self.all = tuple(spellings)
        self._sieve: tuple[int, ...] = ()
        self._remaining: dict[frozenset[int], tuple[_Spelling, ...]] = {}
        """What each set of lacking bytes among `_sieve` leaves."""

    def within(self, text: bytes) -> list[_Spelling]:
        """The spellings whose bytes are all in `text`."""
        lacking = frozenset(sign for sign in self._sieve if sign not in text)
        remaining = self._remaining.get(lacking)
        if remaining is None:
            remaining = self._remaining[lacking] = tuple(one for one in self.all if lacking.isdisjoint(one.signs))
        absent: set[int] = set()
        possible = [one for one in remaining if not _lacks_one(text, one.signs, absent)]
        if absent and len(self._sieve) < _SIEVE_SIZE:
            self._sieve = (*self._sieve, *absent)[:_SIEVE_SIZE]
        return possible


def _lacks_one(text: bytes, signs: frozenset[int], absent: set[int]) -> bool:
    """True when the text lacks one of these bytes; `absent` gathers those that were found to be lacking."""
    if not absent.isdisjoint(signs):
        return True
    for sign in signs:
        if sign not in text:
            absent.add(sign)
            return True
    return False


def _layers(text: bytes, grammar: Grammar) -> Iterator[Layer]:
    """The layers of a text, the outermost first; the caller may change the `text` of one before it takes the next."""
    may_hold_noise = True
    for _ in range(LAYERS if grammar is USUAL else OTHER_LAYERS):
        layer = grammar.undo(text)
        if layer is None and may_hold_noise:
            layer, may_hold_noise = without_noise(text), False
        else:
            may_hold_noise = True
        if layer is None:
            return
        yield layer
        text = layer.text


def _meanings(text: bytes) -> list[bytes]:
    """The text, and what it stands for where it holds escapes itself, layer by layer."""
    below = (layer.text for layer in _layers(text, USUAL))
    return list(dict.fromkeys([text, *(meaning for meaning in below if len(meaning) >= SHORTEST)]))


def _all(part: bytes, text: bytes) -> Iterator[Place]:
    place = text.find(part)
    while place >= 0:
        yield place, place + len(part)
        place = text.find(part, place + len(part))


def _covered(text: bytes, places: list[Place]) -> bytes:
    """`text` of the same length with what was found taken out of the search."""
    if not places:
        return text
    parts: list[bytes] = []
    last = 0
    for start, end in _apart(places):
        parts += (text[last:start], _FOUND * (end - start))
        last = end
    return b"".join((*parts, text[last:]))


def _apart(places: Iterable[Place]) -> list[Place]:
    """Places that touch become one."""
    joined: list[Place] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
