from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import Interval, Stream
from include.pipeline.steps.extract.fair_queue import FairQueue


def turns_of(symbols: Sequence[str], threads: int) -> tuple[FairQueue, dict[str, Stream]]:
    """A window for each symbol, whose id begins with it."""
    streams = {f"{symbol}{place}": Stream(symbol, Interval.H1) for place, symbol in enumerate(symbols)}
    return FairQueue(list(streams), streams, threads), streams


def test_windows_that_are_read_one_at_a_time_are_read_in_order() -> None:
    turns, streams = turns_of("AABBBACB", threads=1)
    taken = []
    while window_id := turns.take():
        taken.append(window_id)
        turns.done(window_id)
    assert taken == list(streams)


def test_a_stream_has_all_threads_alone_and_a_share_beside_others() -> None:
    alone, _ = turns_of("A" * 9, threads=4)
    assert [alone.take() for _ in range(4)] == ["A0", "A1", "A2", "A3"]
    two, _ = turns_of("AAAAAABBBBB", threads=4)
    assert [two.take() for _ in range(4)] == ["A0", "A1", "B6", "B7"]
    two.done("B6")
    assert two.take() == "B8", "a turn that came back goes to the stream that is within its share"
    two.done("A0")
    assert two.take() == "A2"


def test_spare_threads_may_read_any_stream() -> None:
    turns, _ = turns_of("AAAAAAB", threads=4)
    assert [turns.take() for _ in range(4)] == ["A0", "A1", "B6", "A2"]


@given(st.text("ABCD", max_size=40), st.integers(1, 8), st.randoms(use_true_random=False))
def test_each_window_is_read_once_and_no_thread_is_idle(symbols: str, threads: int, random: Random) -> None:
    """Each stream in order, and no thread is idle while a window waits."""
    turns, streams = turns_of(symbols, threads)
    taken: list[str] = []
    reading: list[str] = []
    while True:
        while len(reading) < threads and (window_id := turns.take()):
            taken.append(window_id)
            reading.append(window_id)
        assert len(reading) == min(threads, len(streams) - len(taken) + len(reading))
        if not reading:
            break
        turns.done(reading.pop(random.randrange(len(reading))))
    assert sorted(taken) == sorted(streams)
    for symbol in set(symbols):
        assert [one for one in taken if one[0] == symbol] == [one for one in streams if one[0] == symbol]
