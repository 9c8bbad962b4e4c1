"""The pages of one window in their order: what they promise, where they end, when they lead nowhere new."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import timedelta

from include.domain.clock import HOUR
from include.domain.errors import Signal
from include.domain.market import KALSHI, SOURCES
from include.kwery.answers.doubts import Doubt
from include.kwery.answers.evidence import AnswerContext, Objection, judge
from include.kwery.answers.lenient_json import DECODER
from include.kwery.answers.promises import Promise
from include.kwery.answers.row_texts import row_texts
from include.kwery.answers.timestamps import position_of
from include.kwery.models import Page
from include.ledger.work.windows import OpenWindow
from include.quality.open_interest.fields import NUMBER_FIELDS
from include.settings import Settings

_FEW_ROWS = 100
"""Reading the rows of a larger page takes as long as buying it; that is for chains that are longer than expected."""
_MOST_IDLE_PAGES = 3
"""An offset drifts where rows are added or expire, so that rows come twice; pages of nothing else do not follow."""


class ChainBroken(Signal):
    """The pages of a window cannot be continued; the message says why and what happens to the rest."""


class Chain:
    """The pages of one chain in their order: what they promise, and whether they lead to anything new."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows = 0
        self._pages = 0
        self._promised = Promise()
        self._cursors: set[str | None] = set()
        self._places = set[Hashable]()
        self._idle_pages = 0

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
        self._places = set[Hashable]()
        self._idle_pages = 0

    def leads_nowhere(self, page: Page, expected_rows: int) -> Objection | None:
        """Why the page ends the chain in spite of its cursor: it and those before it brought no new bucket.

        A vendor that ignores the range or the cursor may send pages without end, each of which costs. Called once for
        each page, before it is judged.
        """
        leads_back = page.next_cursor in self._cursors
        is_large = page.row_count > _FEW_ROWS and self._rows + page.row_count <= expected_rows
        if is_last(page) or (is_large and not leads_back):
            return None
        new = _places_in(page) - self._places
        self._places |= new
        self._idle_pages = 0 if new else self._idle_pages + 1
        if leads_back and not new:
            return Objection(Doubt.ROWS_HELD_BACK, "the page brought no new bucket, and its cursor leads back")
        if self._idle_pages < _MOST_IDLE_PAGES:
            return None
        why = f"{self._idle_pages} pages in a row brought no new bucket, and each has a cursor"
        return Objection(Doubt.ROWS_HELD_BACK, why)

    def follow(self, window: OpenWindow, page: Page) -> None:
        """Raises ChainBroken where the cursor of the page just read leads back (behaviour 10)."""
        if page.next_cursor in self._cursors:
            raise broken(window, "the vendor's cursor came back to a page that was read before")
        self._cursors.add(page.next_cursor)


def _places_in(page: Page) -> set[Hashable]:
    """The buckets of the requested range that the page has rows of, by source; on Kalshi each contract has its own."""
    asked, interval = page.request, page.request.stream.interval
    sources = SOURCES if asked.stream.source is None else (asked.stream.source,)
    places = set[Hashable]()
    for text in row_texts(page.body):
        row = position_of(text)
        if row is None or row.source not in sources or not asked.start <= row.instant < asked.end:
            continue
        if interval.floor(row.instant) == row.instant:
            places.add((row, _contract(text)) if row.source == KALSHI else row)
    return places


def _contract(row: bytes) -> str:
    """What a row says beside its values: the ticker, in a field of whatever name."""
    fields = DECODER.decode(row.decode("utf-8", "replace"))
    return json.dumps({name: value for name, value in fields.items() if name not in NUMBER_FIELDS}, sort_keys=True)


def is_last(page: Page) -> bool:
    """True for a page without a cursor, or without rows: it ends the chain (behaviours 8 and 10)."""
    return page.next_cursor is None or page.row_count == 0


def broken(window: OpenWindow, why: str) -> ChainBroken:
    """The error for a chain that cannot be continued."""
    return ChainBroken(f"{window.label}: {why}; what arrived is kept, and the next run requests the rest")
