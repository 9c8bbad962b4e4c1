from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include.ledger.database.engine import Ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import windows
from include.ledger.work.windows import LEASE
from tests.ledger.conftest import NOW
from tests.ledger.work.claimed_windows import ELSEWHERE, claim, planned, the_window


def test_planned_window_is_awaited_while_its_planner_lives(ledger: Ledger) -> None:
    planned(ledger, ledger.process_id)
    window = the_window(ledger)
    assert window.is_awaited(NOW + timedelta(days=1))
    host, boot, _, _ = ledger.process_id.split("/")
    assert not replace(window, planner=f"{host}/{boot}/1/0.00").is_awaited(NOW)


def test_window_planned_for_another_task_is_awaited_for_a_lease(ledger: Ledger) -> None:
    planned(ledger)
    window = the_window(ledger)
    assert window.is_awaited(NOW + LEASE - timedelta(seconds=1))
    assert not window.is_awaited(NOW + LEASE)


def test_only_a_window_that_was_never_claimed_is_discarded(ledger: Ledger) -> None:
    unread, read = planned(ledger), planned(ledger)
    assert claim(ledger, read, ELSEWHERE)
    with ledger.write() as connection:
        for window_id in (unread, read):
            windows.discard(connection, window_id)
    assert the_window(ledger).window_id == read
    assert claim(ledger, unread, ledger.process_id) is None, "it is read elsewhere, as any window that is gone"


def test_closed_window_cannot_be_claimed(ledger: Ledger) -> None:
    window_id = planned(ledger)
    claim(ledger, window_id, ledger.process_id)
    with ledger.write() as connection:
        windows.close(connection, window_id, WindowState.SETTLED, NOW)
    assert claim(ledger, window_id, ledger.process_id) is None
