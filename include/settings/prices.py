"""Section `prices`: the vendor's price table for open interest."""

from __future__ import annotations

from include.kwery.plans import BASE_CREDITS, ROW_CREDITS
from include.settings.fields import Credits, Section


class Prices(Section):
    """Reserved before a request, and compared with its charge. Change it when the vendor changes the table."""

    base_credits: Credits = BASE_CREDITS
    """For every request, also one that returns no rows."""
    per_row_credits: Credits = ROW_CREDITS
    """For each row of the answer."""

    def credits(self, rows: int) -> int:
        """What one answer with `rows` rows costs."""
        return self.base_credits + self.per_row_credits * rows
