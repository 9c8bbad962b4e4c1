"""The most that one answer may cost: the price table, raised by what answers were seen to cost beyond it (rule 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.kwery.models import MAX_LIMIT

if TYPE_CHECKING:
    from include.settings.prices import Prices

_LARGEST_ROW_FACTOR = 10
"""A server that ignores `limit` exceeds a small one by a large factor; the factor is not expected of a large one."""


@dataclass(frozen=True, slots=True)
class ObservedCharge:
    """What one answer cost in credits; `rows` is None where the answer could not be read."""

    row_limit: int
    rows: int | None
    charged_credits: int


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The price table and the charges that differed from it.

    A vendor that sends more rows than `limit` is expected to do so in proportion. A price above the table is assumed to
    be linear in rows, with a base no lower than the table's: each observation bounds such a price, and the lowest bound
    counts. An answer is never expected to cost less than an observed one of its size.
    """

    prices: Prices
    observed: tuple[ObservedCharge, ...] = ()

    def rows(self, limit: int) -> int:
        """Rows that one answer may hold."""
        return max([limit, *(_rows(one, limit) for one in self.observed)])

    def credits(self, limit: int) -> int:
        """Credits that one answer may cost."""
        rows = self.rows(limit)
        readable = [one for one in self.observed if one.rows is not None]
        bound = min((self._bound(one.rows or 0, one.charged_credits, rows) for one in readable), default=0)
        seen = (one.charged_credits for one in self.observed if one.rows is None or one.rows <= rows)
        return max([self.prices.credits(rows), bound, *seen])

    def chain_credits(self, rows: int, limit: int) -> int:
        """Credits that `rows` rows may cost in pages of `limit`; an empty answer may follow a full last page."""
        full_pages, rest = divmod(rows, limit)
        return full_pages * self.credits(limit) + self.credits(rest)

    def affordable_limit(self, credits: int) -> int:
        """The largest `limit` whose answer costs at most `credits`; 0 where none does."""
        low, high = 0, MAX_LIMIT
        while low < high:
            middle = (low + high + 1) // 2
            if self.credits(middle) <= credits:
                low = middle
            else:
                high = middle - 1
        return low

    def is_exceeded_by(self, one: ObservedCharge) -> bool:
        """True when an answer cost more, or held more rows, than the worst case."""
        too_many = one.rows is not None and one.rows > self.rows(one.row_limit)
        return too_many or one.charged_credits > self.credits(one.row_limit)

    def excess(self, one: ObservedCharge) -> str:
        """A sentence that says what exceeded the worst case, with the next step."""
        held = f"with {one.rows:,} rows " if one.rows is not None else ""
        return (
            f"an answer {held}to a request with limit {one.row_limit:,} cost {one.charged_credits:,} credits, where at "
            f"most {self.rows(one.row_limit):,} rows and {self.credits(one.row_limit):,} credits were reserved; what "
            "arrived is kept, and later requests reserve as much as was seen. If the vendor changed its prices, set "
            "`prices` in pipeline.yaml; if not, ask the vendor. Then run the same command again"
        )

    def learn(self, one: ObservedCharge) -> WorstCase | None:
        """The worst case with one more observation; None where it stays the same."""
        largest = max((other.rows or 0 for other in self.observed), default=MAX_LIMIT)
        if self.is_by_the_table(one) and (one.rows or 0) <= largest:
            return None  # only a larger answer at the table's price says that an excess was an exception
        learned = replace(self, observed=(*self.observed, one))
        limits = (one.row_limit, MAX_LIMIT)
        before, after = ([(case.rows(limit), case.credits(limit)) for limit in limits] for case in (self, learned))
        return learned if before != after else None

    def is_by_the_table(self, one: ObservedCharge) -> bool:
        """True when an answer held no more rows than its limit, and cost no more than the price table says."""
        if one.rows is None:
            return one.charged_credits <= self.prices.credits(one.row_limit)
        return one.rows <= one.row_limit and one.charged_credits <= self.prices.credits(one.rows)

    def _bound(self, rows: int, charged_credits: int, wanted_rows: int) -> int:
        """The most that `wanted_rows` cost by a linear price under which `rows` cost what was charged."""
        beyond = max(0, charged_credits - self.prices.credits(rows))
        if wanted_rows <= rows or rows == 0:
            return self.prices.credits(wanted_rows) + beyond
        dearer_by = beyond * wanted_rows / rows  # all of the difference in the price of a row
        return self.prices.credits(wanted_rows) + math.ceil(dearer_by)


def _rows(one: ObservedCharge, limit: int) -> int:
    if one.rows is None or one.rows <= one.row_limit:
        return 0
    factor = min(_LARGEST_ROW_FACTOR, one.rows / one.row_limit)
    more = one.rows - one.row_limit if limit >= one.row_limit else 0
    return max(math.ceil(limit * factor), limit + more)
