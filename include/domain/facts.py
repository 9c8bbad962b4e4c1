"""Facts that the ledger counts and alarms judge. They are here since neither of those rooms imports the other."""

from __future__ import annotations

from dataclasses import dataclass

from include.domain.market import Series, Stream


@dataclass(frozen=True, slots=True)
class ValidatedRows:
    """Rows of one series that were validated, and how many of them went into quarantine."""

    series: Series
    received: int
    quarantined: int

    @property
    def quarantined_share(self) -> float:
        """A share of 0 to 1; 0 when no row was received."""
        return self.quarantined / self.received if self.received else 0.0


@dataclass(frozen=True, slots=True)
class RefusedWindow:
    """A window that the vendor refused, with the reason recorded then."""

    stream: Stream
    reason: str


@dataclass(frozen=True, slots=True)
class DifferingCharge:
    """A page whose charge differs from the price table; `label` is its window's."""

    label: str
    rows: int
    credits: int


@dataclass(frozen=True, slots=True)
class Excess:
    """An answer with more rows than its `limit`, or more credits than its price; `rows` is None for an error."""

    label: str
    row_limit: int
    rows: int | None
    credits: int


@dataclass(frozen=True, slots=True)
class UnlandedPages:
    """Paid answers that could not be landed, and what they cost."""

    pages: int
    credits: int
