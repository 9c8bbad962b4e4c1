"""Windows in tests: planned, claimed by this process or another."""

from __future__ import annotations

from datetime import timedelta

from include.domain.market import Interval, Stream
from include.ledger.database.engine import Ledger
from include.ledger.work import leases, windows
from include.ledger.work.windows import NewWindow, OpenWindow
from tests.ledger.conftest import NOW

STREAM = Stream("BTC", Interval.H1)
NEW = NewWindow(STREAM, NOW - timedelta(days=1), NOW, 1000, 72, 266)
ELSEWHERE = "elsewhere/boot/1/0.00"


def planned(ledger: Ledger, planner: str | None = None) -> str:
    with ledger.write() as connection:
        (window_id,) = windows.add(connection, "run", "backfill", [NEW], NOW, planner)
    return window_id


def claim(ledger: Ledger, window_id: str, owner: str, after: timedelta = timedelta()) -> OpenWindow | None:
    with ledger.write() as connection:
        return leases.claim(connection, window_id, owner, NOW + after)


def claimed(ledger: Ledger, owner: str, after: timedelta = timedelta()) -> OpenWindow:
    """The only window, or a new one, claimed by `owner`."""
    with ledger.read() as connection:
        known = windows.open_windows(connection)
    window = claim(ledger, known[0].window_id if known else planned(ledger), owner, after)
    assert window is not None
    return window


def the_window(ledger: Ledger) -> OpenWindow:
    with ledger.read() as connection:
        (window,) = windows.open_windows(connection)
    return window
