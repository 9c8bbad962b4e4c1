"""Walking a window's cursor chain to its end, and judging whether the chain proves the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from include.kwery.answers.doubts import Doubt, because, united
from include.kwery.answers.evidence import Asking, Objection, objections
from include.kwery.answers.timestamps import RowPosition, row_positions
from include.kwery.errors import CursorRejected
from include.kwery.models import Page, Request
from include.landing.errors import LandingDamaged
from include.landing.layout import page_path
from include.landing.store import LandedPage
from include.ledger.work import leases, pages
from include.ledger.work.windows import OpenWindow
from include.pipeline.steps.extract.page_fetcher import Fetcher
from include.settings import Settings

OnPage = Callable[[OpenWindow, int, int], None]


class ChainBroken(Exception):
    """The pages of a window cannot be continued; the message says why and what happens to the rest."""


def read_window(window: OpenWindow, fetcher: Fetcher, on_page: OnPage) -> OpenWindow:
    """Reads a claimed window to the end of its chain; returns it as it stands then.

    Raises Halted when the run stops, KweryError when the vendor refuses, ChainBroken when the chain cannot go on.
    """
    window, ended = _catch_up(window, fetcher)
    chain = _Chain(window)
    while not ended:
        request = request_of(window)
        try:
            page, charge_id = fetcher.fetch(window, request)
        except CursorRejected as rejected:
            limit = rejected.request.limit if rejected.request else window.limit
            window = _without_cursor(replace(window, limit=limit), fetcher, rejected)
            window, ended = _catch_up(window, fetcher)
            chain = _Chain(window)
            continue
        landed = fetcher.land(window, page, charge_id)
        found = [*objections_to(page, fetcher.settings, window.rows), *_other_answer(landed, fetcher)]
        window = fetcher.commit(window, landed, found)
        on_page(window, page.row_count, page.charge_credits)
        ended = is_last(page)
        if not ended:
            chain.follow(window, page)
    return window


class _Chain:
    """One cursor chain: it is cut when it goes round, or goes on and on with the same rows (behaviour 10)."""

    def __init__(self, window: OpenWindow) -> None:
        self._cursors = {window.next_cursor}
        self._rows: set[int] = set()

    def follow(self, window: OpenWindow, page: Page) -> None:
        """Raises ChainBroken when the page just read leads nowhere new."""
        if page.next_cursor in self._cursors:
            raise ChainBroken(_broken(window, "the vendor's cursor came back to a page that was read before"))
        self._cursors.add(page.next_cursor)
        if window.rows > window.expected_rows:  # only a chain that is longer than it should be is worth a closer look
            rows = hash(tuple(row_positions(page.body)))
            if rows in self._rows:
                raise ChainBroken(_broken(window, "the vendor sends the same rows again and again"))
            self._rows.add(rows)


def _broken(window: OpenWindow, why: str) -> str:
    return f"{window.label}: {why}; what arrived is kept, the rest is asked again by the next run"


def request_of(window: OpenWindow) -> Request:
    """The next question of a window: start and end stay the same while a cursor is followed (behaviour 12)."""
    start = window.resume_start or window.start
    return Request(window.stream, start, window.end, window.limit, window.next_cursor)


def is_last(page: Page) -> bool:
    """A page without a cursor, or without rows, ends the walk (behaviours 8 and 10)."""
    return page.next_cursor is None or page.row_count == 0


def objections_to(page: Page, settings: Settings, rows_before: int) -> list[Objection]:
    """In what a page falls short of a good answer (rule 3); `rows_before` came on earlier pages of its chain."""
    return objections(page, Asking(settings.prices.credits, rows_before, settings.quality.symbol_aliases))


def _catch_up(window: OpenWindow, fetcher: Fetcher) -> tuple[OpenWindow, bool]:
    """Adopts the pages that are landed and not committed, the whole chain of them; the flag says whether it has ended.

    A crash leaves one such page, and a ledger that was put back from a copy as many as were landed since.
    """
    while (landed := _landed(window, fetcher)) is not None:
        window = fetcher.commit(window, landed, objections_to(landed.page, fetcher.settings, window.rows))
        if is_last(landed.page):
            return window, True
    with fetcher.ledger.read() as connection:
        known = pages.of_window(connection, window.window_id)
    if not known or window.next_cursor is not None:
        return window, bool(known) and known[-1].rows == 0
    return window, window.resume_start is None or _resumed_page_ended(window, fetcher, known[-1])


def _landed(window: OpenWindow, fetcher: Fetcher) -> LandedPage | None:
    """The answer to the window's next question, if it is landed."""
    with suppress(LandingDamaged):  # no copy was made of what no ledger knew: it is asked again, and lands beside it
        return fetcher.store.find(window.window_id, window.next_sequence, request_of(window))
    return None


def _other_answer(landed: LandedPage, fetcher: Fetcher) -> list[Objection]:
    """An objection where a worker that lost the window has landed another answer to the same request meanwhile."""
    path = page_path(landed.window_id, landed.sequence, landed.page.request)
    if landed.path == path or fetcher.store.damage(path, landed.sha256) is None:
        return []
    return [Objection(Doubt.PAGES_DIFFER, Doubt.PAGES_DIFFER.sentence)]


def _resumed_page_ended(window: OpenWindow, fetcher: Fetcher, last: pages.PageRef) -> bool:
    page = fetcher.store.read(last.path, last.sha256).page
    return page.request.start == window.resume_start and is_last(page)


def _without_cursor(window: OpenWindow, fetcher: Fetcher, rejected: CursorRejected) -> OpenWindow:
    """Moves `start` to the last landed timestamp, where the rows' order proves that nothing earlier is missing."""
    with fetcher.ledger.read() as connection:
        known = pages.of_window(connection, window.window_id)
    try:
        bodies = [fetcher.store.read(ref.path, ref.sha256).page.body for ref in known]
    except LandingDamaged as damaged:
        raise ChainBroken(_broken(window, f"{rejected.why}, and {damaged.finding}")) from None
    rows = [position for body in bodies for position in row_positions(body)]
    start = _read_up_to(rows, one_source=window.stream.source is not None)
    if start is None or start <= (window.resume_start or window.start):
        why = f"{rejected.why}, and the order of the landed rows does not show from where to ask by time"
        raise ChainBroken(_broken(window, why)) from None
    lost = () if _is_unbroken(rows, window, start) else (Doubt.CURSOR_LOST,)
    doubts, note = united((*window.doubts, *lost)), because(lost) or window.note
    with fetcher.ledger.write() as connection:
        leases.resume_from(connection, window.lease, start, doubts, note)
    return replace(window, next_cursor=None, resume_start=start, doubts=doubts, note=note)


def _is_unbroken(rows: Sequence[RowPosition], window: OpenWindow, end: datetime) -> bool:
    """True when every source that was seen has each bucket before `end`: order alone proves no bucket empty."""
    seen = {(row.source, row.instant) for row in rows if window.start <= row.instant < end}
    sources = {row.source for row in rows}
    return len(seen) >= len(sources) * window.stream.interval.points(window.start, end)


def _read_up_to(rows: Sequence[RowPosition], *, one_source: bool) -> datetime | None:
    """The newest instant of rows that came in time order, all sources side by side; None when they did not.

    With all sources asked, rows of one source alone prove no order: the others may come after it (rule 3).
    """
    instants = [row.instant for row in rows]
    if not instants or any(later < earlier for earlier, later in pairwise(instants)):
        return None
    side_by_side = any(a.instant == b.instant and a.source != b.source for a, b in pairwise(rows))
    return instants[-1] if one_source or side_by_side else None
