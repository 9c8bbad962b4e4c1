"""A page of a worker that froze, at a place that another worker's page has taken meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.domain.market import Interval, Series, Stream
from include.domain.time_range import TimeRange
from include.kwery.answers.answer import Answer
from include.kwery.answers.decode import page_of
from include.kwery.answers.doubts import Doubt
from include.kwery.models import Request
from include.ledger.database.engine import Ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import pages, windows
from include.ledger.work.coverage import coverage_of, replace_coverage
from include.ledger.work.repeated_pages import note_repeated
from include.ledger.work.windows import NewWindow
from include.planning.windows.coverage import PROVEN_READS, Covered
from tests.ledger.conftest import NOW

BTC = Series("BTC", "kalshi", Interval.H1)
START = NOW.replace(minute=0) - timedelta(days=2)
END = START + timedelta(days=1)
SILENT = TimeRange(START - timedelta(days=1), END)


@pytest.fixture
def window_id(ledger: Ledger) -> str:
    """A settled window whose one page has the checksum `ours`, and coverage that is proven empty."""
    stream = Stream("BTC", Interval.H1, "kalshi")
    page = page_of(Request(stream, START, END, 1000), Answer(200, {}, b'{"data": []}', NOW))
    with ledger.write() as connection:
        (added,) = windows.add(connection, "run", "daily", [NewWindow(stream, START, END, 1000, 24, 122)], NOW)
        pages.register(connection, added, 0, 1, "ours.json", "ours", page)
        windows.close(connection, added, WindowState.SETTLED, NOW)
        replace_coverage(connection, {BTC: [Covered(SILENT, NOW, "empty", PROVEN_READS)]})
    return added


@pytest.mark.parametrize("sha256", ["ours", "theirs"])
def test_page_that_differs_withdraws_the_windows_emptiness(ledger: Ledger, window_id: str, sha256: str) -> None:
    with ledger.write() as connection:
        note_repeated(connection, 1, window_id, 0, "theirs.json", sha256)
    with ledger.read() as connection:
        (window,) = windows.by_ids(connection, [window_id])
        [known] = coverage_of(connection, [BTC])[BTC]
    differs = sha256 == "theirs"
    assert window.doubts == ((Doubt.PAGES_DIFFER,) if differs else ())
    assert known.stretch == (TimeRange(SILENT.start, START) if differs else SILENT)
    assert known.empty_reads == PROVEN_READS
