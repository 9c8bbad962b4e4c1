"""The validation process dies alone: the load fails readably, and the next one resumes."""

from __future__ import annotations

import pytest

from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.world import REQUESTS, World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("point", "disaster", "said"),
    [
        ("validating", "kill", "the validation process ended with code -9"),
        ("result_half_written", "disk_full", "No space left on device. Its pages are kept. Next: make room there"),
    ],
)
def test_a_load_without_its_validation_fails_readably(
    point: str, disaster: str, said: str, world: World, undisturbed: Contents
) -> None:
    """The next one pays nothing."""
    failed = world.load(point, disaster)
    paid = world.paid_requests
    again = world.load()

    assert failed.code == 1
    assert said in failed.err
    assert "Traceback" not in failed.err
    assert "not expected" not in failed.err
    assert paid == REQUESTS
    assert again.code == 0, again.err
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}
    assert world.paid_requests == REQUESTS
