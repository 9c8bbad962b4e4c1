"""Walking a window's cursor chain to its end, and judging whether the chain proves the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from include.kwery.contract import Page, Request
from include.kwery.errors import CursorRejected
from include.kwery.timestamps import row_instants
from include.ledger import pages, windows
from include.ledger.windows import OpenWindow
from include.pipeline.fetch import Fetcher

OnPage = Callable[[OpenWindow, int, int], None]


class ChainBroken(Exception):
    """The pages of a window cannot be continued; the message says why and what happens to the rest."""


def walk(window: OpenWindow, fetcher: Fetcher, on_page: OnPage) -> OpenWindow:
    """Reads a claimed window to the end of its chain; returns it as it stands then.

    Raises Halted when the run stops, KweryError when the vendor refuses, ChainBroken when the chain cannot go on.
    """
    window, ended = _catch_up(window, fetcher)
    seen = {window.next_cursor} if window.next_cursor else set()
    while not ended:
        request = request_of(window)
        try:
            page, charge_id = fetcher.fetch(window, request)
        except CursorRejected as rejected:
            window = _without_cursor(window, fetcher, rejected)
            continue
        landed = fetcher.land(window, page, charge_id)
        window = fetcher.commit(window, landed, doubt(page))
        on_page(window, page.row_count, page.charge_credits)
        ended = is_last(page)
        if not ended and page.next_cursor in seen:
            raise ChainBroken(
                f"{window.label}: the vendor's cursor came back to a page that was read before; what arrived is kept, "
                "the rest is asked again by the next run"
            )
        seen.add(page.next_cursor or "")
    return window


def request_of(window: OpenWindow) -> Request:
    """The next question of a window: start and end stay the same while a cursor is followed (behaviour 12)."""
    start = window.resume_start or window.start
    return Request(window.stream, start, window.end, window.limit, window.next_cursor)


def is_last(page: Page) -> bool:
    """A page without a cursor, or without rows, ends the walk (behaviours 8 and 10)."""
    return page.next_cursor is None or page.row_count == 0


def doubt(page: Page) -> str | None:
    """Why a page's silence proves nothing, or None when it does (rule 3)."""
    if page.clamped:
        since = f" to {page.clamped_to.isoformat()}" if page.clamped_to else ""
        return f"the vendor cut the start of the range{since}: the plan's history is shorter"
    if page.rows_capped and page.next_cursor is None:
        return "the vendor capped the rows and gave no cursor to go on with"
    if page.row_count == 0 and page.next_cursor is not None:
        return "an empty page came with a cursor"
    return None


def _catch_up(window: OpenWindow, fetcher: Fetcher) -> tuple[OpenWindow, bool]:
    """Adopts a page that was landed but not committed before a crash, and tells whether the chain has ended."""
    landed = fetcher.store.find(window.window_id, window.next_sequence, request_of(window))
    if landed is not None:
        window = fetcher.commit(window, landed, doubt(landed.page))
        return window, is_last(landed.page)
    with fetcher.ledger.read() as connection:
        known = pages.of_window(connection, window.window_id)
    if not known or window.next_cursor is not None:
        return window, bool(known) and known[-1].rows == 0
    return window, window.resume_start is None or _resumed_page_ended(window, fetcher, known[-1])


def _resumed_page_ended(window: OpenWindow, fetcher: Fetcher, last: pages.PageRef) -> bool:
    page = fetcher.store.read(last.path, last.sha256).page
    return page.request.start == window.resume_start and is_last(page)


def _without_cursor(window: OpenWindow, fetcher: Fetcher, rejected: CursorRejected) -> OpenWindow:
    """Moves `start` to the last landed timestamp, which is safe only while pages come in ascending order (rule 3)."""
    with fetcher.ledger.read() as connection:
        known = pages.of_window(connection, window.window_id)
    start = _last_instant([row_instants(fetcher.store.read(ref.path, ref.sha256).page.body) for ref in known])
    if start is None or start <= (window.resume_start or window.start):
        raise ChainBroken(
            f"{window.label}: the vendor no longer takes the cursor ({rejected.code or rejected.status}) and the "
            "landed pages do not tell where to go on; what arrived is kept, the rest is asked again by the next run"
        ) from None
    with fetcher.ledger.write() as connection:
        windows.resume_from(connection, window.window_id, start)
    return replace(window, next_cursor=None, resume_start=start)


def _last_instant(pages_of_instants: list[list[datetime]]) -> datetime | None:
    """The newest instant when every page begins where the one before it ended, else None."""
    last: datetime | None = None
    for instants in pages_of_instants:
        if not instants:
            continue
        if last is not None and min(instants) < last:
            return None
        last = max(instants)
    return last
