"""How many cases a property test draws."""

from __future__ import annotations

import hypothesis

HOUSE = 100
"""Cases of a property test that does not say otherwise."""


def examples(count: int) -> int:
    """That many cases of a costly property in `make test`; `make soak` multiplies them as it does the others."""
    return count * hypothesis.settings().max_examples // HOUSE
