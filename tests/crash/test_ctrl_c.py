"""Ctrl-C at any point: exit code 130, and the next load resumes from there."""

from __future__ import annotations

import pytest

from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.world import REQUESTS, World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("point", ["answered", "half_inserted"])
def test_an_interrupted_load_ends_with_130_and_nothing_is_paid_twice(
    point: str, world: World, undisturbed: Contents
) -> None:
    interrupted = world.load(point, "interrupt")
    again = world.load()

    assert interrupted.code == 130, interrupted.err
    assert "interrupted" in interrupted.err
    assert "Traceback" not in interrupted.err
    assert again.code == 0, again.err
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}
