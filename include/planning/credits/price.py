"""What reading costs: `base x requests + per_row x rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.settings.prices import Prices


@dataclass(frozen=True, slots=True)
class Price:
    """Requests, rows and credits; prices add up, and `Price()` is nothing."""

    requests: int = 0
    rows: int = 0
    credits: int = 0

    def __add__(self, other: Price) -> Price:
        return Price(self.requests + other.requests, self.rows + other.rows, self.credits + other.credits)


def price_of(rows: int, limit: int, prices: Prices) -> Price:
    """One cursor chain of `rows` rows in pages of `limit`; an empty answer is one request."""
    requests = max(1, -(-rows // limit))
    return Price(requests, rows, requests * prices.base_credits + rows * prices.per_row_credits)
