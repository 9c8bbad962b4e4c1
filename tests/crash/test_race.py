"""Two loads of the same day at the same time: each page is bought by one of them."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.crash.contents import Contents, differences, loose_ends
from tests.crash.world import REQUESTS, World

pytestmark = pytest.mark.slow


def test_two_loads_at_once_buy_each_page_once(new_world: Callable[..., World], undisturbed: Contents) -> None:
    """Both find the day complete."""
    world = new_world(concurrency=2)
    racers = [world.start(), world.start()]
    answers = [world.finish(racer) for racer in racers]

    assert [answer.code for answer in answers] == [0, 0], [answer.err for answer in answers]
    assert world.paid_requests == REQUESTS
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_load_finishes_the_window_of_one_that_dies(world: World, undisturbed: Contents) -> None:
    frozen = world.start("answered", "freeze")
    world.await_pages(frozen, 2)
    survivor = world.start()
    world.await_pages(survivor, 3)  # most likely it has skipped the window that the frozen one holds
    frozen.kill()
    answer = world.finish(survivor)
    world.finish(frozen)

    assert answer.code == 0, answer.err
    assert world.paid_requests == REQUESTS + 1
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}


def test_a_load_publishes_the_batch_that_another_one_died_on(
    new_world: Callable[..., World], undisturbed: Contents
) -> None:
    world = new_world(concurrency=2)
    dying = world.start("half_inserted", "kill", call=1)
    world.await_pages(dying, 1)
    survivor = world.start()
    killed, answer = world.finish(dying), world.finish(survivor)
    last = world.load()

    assert killed.code == -signal.SIGKILL, killed.err
    assert answer.code == 0, answer.err
    assert last.code == 0, last.err
    assert len(set(world.paid_questions)) == REQUESTS
    assert world.paid_requests - REQUESTS <= world.concurrency
    assert differences(world, undisturbed) == {}
    assert loose_ends(world) == {}
