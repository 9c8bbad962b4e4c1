"""The load that all others are compared with contains something of every kind."""

from __future__ import annotations

from tests.crash.contents import Contents, loose_ends
from tests.crash.world import REQUESTS, World


def test_it_reads_many_pages_in_several_windows_and_batches(undisturbed_world: World) -> None:
    assert undisturbed_world.paid_requests == REQUESTS
    assert undisturbed_world.ledger("SELECT count(*) FROM pages") == [(REQUESTS,)]
    assert undisturbed_world.ledger("SELECT count(*) > 2 FROM windows") == [(1,)]
    assert undisturbed_world.ledger("SELECT count(*) > 2 FROM batches") == [(1,)]


def test_some_rows_are_stored_and_some_are_in_quarantine(undisturbed: Contents) -> None:
    assert len(undisturbed["open_interest"]) > 400
    assert len(undisturbed["quarantine"]) > 50
    assert len(undisturbed["validated"]) > 3


def test_it_leaves_nothing_open(undisturbed_world: World) -> None:
    assert loose_ends(undisturbed_world) == {}
