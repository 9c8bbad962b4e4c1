"""The pages of one window in their order: what they promise, where they end, when they lead nowhere new."""

from __future__ import annotations

from datetime import timedelta

from include.domain.clock import HOUR
from include.domain.errors import Signal
from include.kwery.answers.evidence import AnswerContext, Objection, judge
from include.kwery.answers.promises import Promise
from include.kwery.answers.timestamps import row_positions
from include.kwery.models import Page
from include.ledger.work.windows import OpenWindow
from include.settings import Settings


class ChainBroken(Signal):
    """The pages of a window cannot be continued; the message says why and what happens to the rest."""


class Chain:
    """The pages of one chain in their order: what they promise, and whether their cursors and rows repeat."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows = 0
        self._pages = 0
        self._promised = Promise()
        self._cursors: set[str | None] = set()
        self._contents: set[int] = set()

    def judge(self, page: Page) -> list[Objection]:
        """What the chain's next page lacks of a good answer (rule 3)."""
        context = AnswerContext(
            self._settings.prices.credits,
            self._rows,
            self._pages,
            self._promised,
            self._settings.quality.symbol_aliases,
            longest_kept=max(HOUR, timedelta(hours=self._settings.plan.recheck_gap_hours)),
            harmless_fields=frozenset(self._settings.api.harmless_fields),
        )
        found, promise = judge(page, context)
        if page.next_cursor is not None:
            self._promised = promise
        self._rows += page.row_count
        self._pages += 1
        return found

    def place(self, rows: int, pages: int) -> None:
        """Sets how many rows and pages come before the next page."""
        self._rows, self._pages = rows, pages

    def begin_at(self, window: OpenWindow) -> None:
        """Forgets cursors and rows: requests continue from where the window is."""
        self._cursors = {window.next_cursor}
        self._contents = set()

    def follow(self, window: OpenWindow, page: Page) -> None:
        """Raises ChainBroken when the page just read leads nowhere new (behaviour 10)."""
        if page.next_cursor in self._cursors:
            raise broken(window, "the vendor's cursor came back to a page that was read before")
        self._cursors.add(page.next_cursor)
        if window.rows > window.expected_rows:  # rows are compared only in a chain that is longer than expected
            rows = hash(tuple(row_positions(page.body)))
            if rows in self._contents:
                raise broken(window, "the vendor sends the same rows again and again")
            self._contents.add(rows)


def is_last(page: Page) -> bool:
    """True for a page without a cursor, or without rows: it ends the chain (behaviours 8 and 10)."""
    return page.next_cursor is None or page.row_count == 0


def broken(window: OpenWindow, why: str) -> ChainBroken:
    """The error for a chain that cannot be continued."""
    return ChainBroken(f"{window.label}: {why}; what arrived is kept, and the next run requests the rest")
