"""The stretches of a text between its double quotes, looked at together at the speed of memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

_QUOTE = b'"'
_MOST = 100
"""Stretches that are taken out of one text; with more of them the text is as quickly read as a whole."""


def stretches(text: bytes, length: int, signs: bytes) -> list[bytes] | None:
    """Those of at least `length` bytes, and those with one of `signs` in them, in order; None where they are many."""
    places = [*islice(_long(text, length), _MOST + 1)]
    for sign in signs:
        places += islice(_all(sign, text), _MOST + 1 - len(places))
    if len(places) > _MOST:
        return None
    ends = ((text.rfind(_QUOTE, 0, place) + 1, text.find(_QUOTE, place)) for place in places)
    return [text[start : end if end >= 0 else len(text)] for start, end in sorted(set(ends))]


def _long(text: bytes, length: int) -> Iterator[int]:
    """A place in each stretch of at least `length` bytes."""
    import numpy as np

    # Whether no quote is within 1, 2, 4 ... bytes from each place on.
    free, reach = np.frombuffer(text, np.uint8) != _QUOTE[0], 1
    while reach < length:
        step = min(reach, length - reach)
        free, reach = free[:-step] & free[step:], reach + step
    if not free.any():
        return
    places = np.flatnonzero(free)
    begins = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    yield from places[begins].tolist()


def _all(sign: int, text: bytes) -> Iterator[int]:
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)
