from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include.kwery.contract import Interval, Stream
from include.ledger import windows
from include.ledger.engine import Ledger
from include.ledger.models import WindowState
from include.ledger.windows import LEASE, NewWindow, OpenWindow
from tests.ledger.conftest import NOW

STREAM = Stream("BTC", Interval.H1)
NEW = NewWindow(STREAM, NOW - timedelta(days=1), NOW, 1000, 72, 266)
ELSEWHERE = "elsewhere/boot/1/0.00"


def planned(ledger: Ledger, planner: str | None = None) -> str:
    with ledger.write() as connection:
        (window_id,) = windows.add(connection, "run", "backfill", [NEW], NOW, planner)
    return window_id


def claim(ledger: Ledger, window_id: str, holder: str, after: timedelta = timedelta()) -> OpenWindow | None:
    with ledger.write() as connection:
        return windows.claim(connection, window_id, holder, NOW + after)


def the_window(ledger: Ledger) -> OpenWindow:
    with ledger.read() as connection:
        (window,) = windows.open_windows(connection)
    return window


def test_a_window_is_claimed_by_one_holder_only(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ELSEWHERE) is not None
    assert claim(ledger, window_id, ledger.holder) is None


def test_a_holder_may_claim_its_own_window_again(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ledger.holder)
    assert claim(ledger, window_id, ledger.holder)


def test_a_dead_holders_window_is_free_at_once(ledger: Ledger) -> None:
    window_id = planned(ledger)
    host, boot, _, _ = ledger.holder.split("/")
    assert claim(ledger, window_id, f"{host}/{boot}/1/0.00")
    assert claim(ledger, window_id, ledger.holder)


def test_a_silent_holder_on_another_host_keeps_its_window_until_the_lease_ends(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ELSEWHERE)
    assert claim(ledger, window_id, ledger.holder, LEASE - timedelta(seconds=1)) is None
    assert claim(ledger, window_id, ledger.holder, LEASE + timedelta(seconds=1))


def test_a_closed_window_cannot_be_claimed(ledger: Ledger) -> None:
    window_id = planned(ledger)
    claim(ledger, window_id, ledger.holder)
    with ledger.write() as connection:
        windows.close(connection, window_id, WindowState.SETTLED, NOW)
    assert claim(ledger, window_id, ledger.holder) is None


def test_a_landed_window_stays_with_its_reader_until_it_is_settled(ledger: Ledger) -> None:
    window_id = planned(ledger)
    claim(ledger, window_id, ledger.holder)
    with ledger.write() as connection:
        windows.close(connection, window_id, WindowState.LANDED, NOW)
    assert the_window(ledger).holder == ledger.holder


def test_a_window_let_go_keeps_its_place_for_the_next_reader(ledger: Ledger) -> None:
    window_id = planned(ledger)
    claim(ledger, window_id, ELSEWHERE)
    with ledger.write() as connection:
        windows.advance(connection, window_id, rows=72, next_cursor="next", proven=True, note=None, now=NOW)
        windows.let_go(connection, window_id, ELSEWHERE)
    resumed = claim(ledger, window_id, ledger.holder)
    assert resumed is not None
    assert (resumed.next_sequence, resumed.next_cursor, resumed.rows) == (1, "next", 72)


def test_a_lease_is_prolonged_and_given_back_by_its_holder_alone(ledger: Ledger) -> None:
    window_id = planned(ledger)
    claim(ledger, window_id, ELSEWHERE)
    later = NOW + LEASE - timedelta(seconds=1)
    with ledger.write() as connection:
        assert windows.prolong(connection, window_id, ledger.holder, later) is None
        windows.let_go(connection, window_id, ledger.holder)
        assert windows.prolong(connection, window_id, ELSEWHERE, later) == later + LEASE
    assert claim(ledger, window_id, ledger.holder, LEASE + timedelta(seconds=1)) is None


def test_doubt_about_a_page_stays_with_its_window(ledger: Ledger) -> None:
    window_id = planned(ledger)
    with ledger.write() as connection:
        windows.advance(connection, window_id, rows=1, next_cursor="c", proven=False, note="clamped", now=NOW)
        windows.advance(connection, window_id, rows=1, next_cursor=None, proven=True, note=None, now=NOW)
    window = the_window(ledger)
    assert (window.proven, window.note) == (False, "clamped")


def test_a_planned_window_is_awaited_while_its_planner_lives(ledger: Ledger) -> None:
    planned(ledger, ledger.holder)
    window = the_window(ledger)
    assert window.is_awaited(NOW + timedelta(days=1))
    host, boot, _, _ = ledger.holder.split("/")
    assert not replace(window, planner=f"{host}/{boot}/1/0.00").is_awaited(NOW)


def test_a_window_planned_for_another_task_is_awaited_for_a_lease(ledger: Ledger) -> None:
    planned(ledger)
    window = the_window(ledger)
    assert window.is_awaited(NOW + LEASE - timedelta(seconds=1))
    assert not window.is_awaited(NOW + LEASE)
