"""Figures as people say them."""

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """`1 request`, `2,000 requests`, `0 batches`."""
    plural = "es" if noun.endswith(("ch", "sh", "s", "x")) else "s"
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def figure(value: int | None) -> str:
    """`2,000`; None is not known."""
    return "unknown" if value is None else f"{value:,}"


def times(credits: int, base: int) -> str:
    """`1.020 times`: how often `base` goes into `credits`."""
    return f"{credits / base:.3f} times"


def about(minutes: float | None) -> str:
    """A length of time; None is not known."""
    if minutes is None:
        return "unknown"
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"about {counted(round(minutes), 'minute')}"
    return f"about {minutes / 60:.0f} hours" if minutes < 48 * 60 else f"about {minutes / 1440:.0f} days"


_NAMED = 3
"""How many of many are named."""


def named(labels: Sequence[str]) -> str:
    """The first labels, and how many more there are: `a, b, c and 6 more`."""
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
