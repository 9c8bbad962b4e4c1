"""Long lists of values, cut for statements, since databases bound the variables of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 500


def chunks(values: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """The values in order, at most `size` at a time."""
    for first in range(0, len(values), size):
        yield values[first : first + size]
