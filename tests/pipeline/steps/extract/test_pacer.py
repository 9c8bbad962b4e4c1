"""What ends and what delays the reading of a run."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from include.domain.next_step import NextStep
from include.pipeline.progress import Stop
from include.pipeline.steps.extract.pacer import MAX_SKIPPED_WINDOWS, Halted, Pacer
from tests import clock

FIRST, SECOND = Stop(NextStep.STOP_RUN, "first"), Stop(NextStep.RETRY, "second")


def pacer(max_pause_seconds: float = 60) -> Pacer:
    return Pacer(None, max_pause_seconds)


def test_the_first_stop_is_kept() -> None:
    paced = pacer()
    paced.halt(FIRST)
    paced.halt(SECOND)

    assert paced.stop is paced.reason is FIRST
    with pytest.raises(Halted):
        paced.check_stop()


def test_a_skipped_window_is_the_reason_without_a_stop() -> None:
    paced = pacer()
    paced.skip_window(FIRST)
    paced.check_stop()

    assert (paced.stop, paced.reason) == (None, FIRST)


def test_many_skipped_windows_end_the_run() -> None:
    paced = pacer()
    for _ in range(MAX_SKIPPED_WINDOWS):
        assert paced.stop is None
        paced.skip_window(FIRST)

    assert paced.stop is FIRST


def test_a_sleep_ends_with_the_run() -> None:
    paced = pacer()
    paced.halt(FIRST)
    begun = time.monotonic()
    with pytest.raises(Halted):
        paced.sleep(3600)

    assert time.monotonic() - begun < 60


def test_a_run_whose_time_is_over_stops_at_its_next_wait() -> None:
    paced = Pacer(clock.now() - timedelta(seconds=1), 60)
    with pytest.raises(Halted):
        paced.wait_out_pause()

    assert paced.stop is not None
    assert paced.stop.message.startswith("out of time: reading was to end at ")
    assert not paced.stop.is_failure


def test_a_pause_is_bounded() -> None:
    paced = pacer(max_pause_seconds=0.01)
    paced.pause(3600)
    begun = time.monotonic()
    paced.wait_out_pause()

    assert time.monotonic() - begun < 60
