from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from include.kwery.answers.doubts import Doubt
from include.ledger.database.engine import Ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import leases, windows
from include.ledger.work.leases import LeaseLost
from include.ledger.work.windows import LEASE, OpenWindow
from tests.ledger.conftest import NOW
from tests.ledger.work.claimed_windows import ELSEWHERE, claim, claimed, planned, the_window

UNTIL = NOW + LEASE


def test_window_is_claimed_by_one_owner_only(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ELSEWHERE) is not None
    assert claim(ledger, window_id, ledger.process_id) is None


def test_owner_may_claim_its_window_again(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ledger.process_id)
    assert claim(ledger, window_id, ledger.process_id)


def test_dead_owners_window_is_free_at_once(ledger: Ledger) -> None:
    window_id = planned(ledger)
    host, boot, _, _ = ledger.process_id.split("/")
    assert claim(ledger, window_id, f"{host}/{boot}/1/0.00")
    assert claim(ledger, window_id, ledger.process_id)


def test_silent_owner_elsewhere_keeps_its_window_until_the_lease_ends(ledger: Ledger) -> None:
    window_id = planned(ledger)
    assert claim(ledger, window_id, ELSEWHERE)
    assert claim(ledger, window_id, ledger.process_id, LEASE - timedelta(seconds=1)) is None
    assert claim(ledger, window_id, ledger.process_id, LEASE + timedelta(seconds=1))


def test_lease_that_ends_later_than_any_can_is_none(ledger: Ledger) -> None:
    """Its host died with a clock that was weeks ahead; one that seems hours ahead may be a live reader's."""
    window_id = planned(ledger)
    assert claim(ledger, window_id, ELSEWHERE, timedelta(hours=20))
    assert claim(ledger, window_id, ledger.process_id) is None
    assert claim(ledger, window_id, ELSEWHERE, timedelta(days=20))
    assert claim(ledger, window_id, ledger.process_id)


def test_landed_window_keeps_its_owner_until_it_is_settled(ledger: Ledger) -> None:
    window = claimed(ledger, ledger.process_id)
    with ledger.write() as connection:
        leases.finish(connection, window.lease, WindowState.LANDED, NOW)
    assert the_window(ledger).owner == ledger.process_id


def test_released_window_keeps_its_cursor(ledger: Ledger) -> None:
    window = claimed(ledger, ELSEWHERE)
    with ledger.write() as connection:
        leases.advance(connection, window, rows=72, next_cursor="next", doubts=(), note=None, lease_until=UNTIL)
        leases.release_lease(connection, window.lease)
    resumed = claimed(ledger, ledger.process_id)
    assert (resumed.next_sequence, resumed.next_cursor, resumed.rows) == (1, "next", 72)


def test_lease_is_renewed_and_released_by_its_owner_alone(ledger: Ledger) -> None:
    window = claimed(ledger, ELSEWHERE)
    later = NOW + LEASE - timedelta(seconds=1)
    with ledger.write() as connection:
        with pytest.raises(LeaseLost):
            leases.renew_lease(connection, window.lease._replace(owner=ledger.process_id), later)
        leases.release_lease(connection, window.lease._replace(owner=ledger.process_id))
        assert leases.renew_lease(connection, window.lease, later) == later + LEASE
    assert claim(ledger, window.window_id, ledger.process_id, LEASE + timedelta(seconds=1)) is None


WRITES: dict[str, Callable[[Connection, OpenWindow], object]] = {
    "advance": lambda c, w: leases.advance(
        c, w, rows=1, next_cursor="c", doubts=[Doubt.RANGE_CUT], note="n", lease_until=NOW + LEASE
    ),
    "renew": lambda c, w: leases.renew_lease(c, w.lease, NOW),
    "resume_from": lambda c, w: leases.resume_from(c, w.lease, NOW, [Doubt.CURSOR_LOST], "lost"),
    "set_limit": lambda c, w: leases.set_limit(c, w.lease, 5),
    "land": lambda c, w: leases.finish(c, w.lease, WindowState.LANDED, NOW),
    "refuse": lambda c, w: leases.finish(c, w.lease, WindowState.REFUSED, NOW, "refused"),
}
LOSSES: dict[str, Callable[[Ledger, OpenWindow], object]] = {
    "taken": lambda ledger, _: claimed(ledger, ledger.process_id, 2 * LEASE),
    "claimed again by the same process": lambda ledger, _: claimed(ledger, ELSEWHERE),
    "taken, finished": lambda ledger, _: finished(ledger, claimed(ledger, ledger.process_id, 2 * LEASE)),
    "released": lambda ledger, window: release_lease(ledger, window),
    "given up": lambda ledger, window: given_up(ledger, window),
}


def finished(ledger: Ledger, window: OpenWindow) -> None:
    with ledger.write() as connection:
        leases.finish(connection, window.lease, WindowState.LANDED, NOW)


def release_lease(ledger: Ledger, window: OpenWindow) -> None:
    with ledger.write() as connection:
        leases.release_lease(connection, window.lease)


def given_up(ledger: Ledger, window: OpenWindow) -> None:
    with ledger.write() as connection:
        windows.give_up(connection, window.window_id, 0, "lost", NOW)


@pytest.mark.parametrize("loss", LOSSES)
def test_reader_that_lost_its_lease_changes_nothing(ledger: Ledger, loss: str) -> None:
    """No write of a reader that slept has an effect, whatever happened to its window meanwhile."""
    asleep = claimed(ledger, ELSEWHERE)
    LOSSES[loss](ledger, asleep)
    with ledger.read() as connection:
        before = windows.by_ids(connection, [asleep.window_id])
    for write in WRITES.values():
        with pytest.raises(LeaseLost), ledger.write() as connection:
            write(connection, asleep)
    release_lease(ledger, asleep)
    with ledger.read() as connection:
        assert windows.by_ids(connection, [asleep.window_id]) == before


def test_doubt_about_a_page_stays_with_its_window(ledger: Ledger) -> None:
    window = claimed(ledger, ledger.process_id)
    with ledger.write() as connection:
        leases.advance(
            connection,
            window,
            rows=1,
            next_cursor="c",
            doubts=(Doubt.RANGE_CUT,),
            note="clamped",
            lease_until=NOW + LEASE,
        )
        moved_on = replace(window, next_sequence=1)
        leases.advance(connection, moved_on, rows=1, next_cursor=None, doubts=(), note=None, lease_until=UNTIL)
    found = the_window(ledger)
    assert (found.doubts, found.note) == ((Doubt.RANGE_CUT,), "clamped")
