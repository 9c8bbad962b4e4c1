"""What the vendor sells by the row."""

from __future__ import annotations

from enum import StrEnum


class Dataset(StrEnum):
    """A dataset of the vendor; the value is its endpoint's path."""

    OPEN_INTEREST = "open-interest"
