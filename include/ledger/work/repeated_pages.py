"""Two answers to one request: a worker that froze sent it, and so did the worker that took its window over.

One answer counts as the window's page, the other is lost. Where they differ, the lost one may hold a row that the
window lacks, so the window's silence proves nothing (rule 3).
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from include.domain.market import SOURCES, Series
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import Doubt, united
from include.ledger.credits import page_charges
from include.ledger.database.models.spending import LostPage
from include.ledger.database.models.work import PageRow, WindowRow
from include.ledger.work import windows
from include.ledger.work.coverage import coverage_of, replace_coverage
from include.planning.windows.coverage import reopened


def note_repeated(
    connection: Connection, charge_id: int, window_id: str, sequence: int, path: str, sha256: str
) -> None:
    """Records that another page counts at this place of the window; where they differ, silence is in doubt."""
    page_charges.note_lost_page(connection, charge_id, LostPage.REPEATED, path)
    at_place = (PageRow.window_id == window_id) & (PageRow.sequence == sequence)
    counts = connection.execute(select(PageRow.sha256).where(at_place)).scalar()
    if counts not in (None, sha256):
        doubt_silence(connection, window_id)


def doubt_silence(connection: Connection, window_id: str) -> None:
    """Keeps the window from proving emptiness, and withdraws the emptiness that it has proven."""
    (window,) = windows.by_ids(connection, [window_id])
    doubts = list(united((*window.doubts, Doubt.PAGES_DIFFER)))
    note = "; ".join(dict.fromkeys([*([window.note] if window.note else []), Doubt.PAGES_DIFFER.sentence]))
    connection.execute(update(WindowRow).where(WindowRow.window_id == window_id).values(doubts=doubts, note=note))
    stream, whole = window.stream, TimeRange(window.start, window.end)
    sources = SOURCES if stream.source is None else (stream.source,)
    known = coverage_of(connection, [Series(stream.symbol, source, stream.interval) for source in sources])
    replace_coverage(connection, {series: reopened(entries, whole) for series, entries in known.items()})
