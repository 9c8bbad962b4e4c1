from __future__ import annotations

import threading
import time

from include.kwery.http.deadline import Deadline, Deadlines

SECONDS = 0.08


def test_each_deadline_passes_in_its_time_and_an_ended_one_never() -> None:
    """One thread watches all of them, also those that begin while it sleeps."""
    deadlines, passed = Deadlines(SECONDS), dict[str, float]()
    last = threading.Event()
    began = time.monotonic()
    first = Deadline(deadlines, lambda: passed.setdefault("first", time.monotonic() - began))
    ended = Deadline(deadlines, lambda: passed.setdefault("ended", 0.0))
    first.start()
    ended.start()
    ended.end()
    time.sleep(SECONDS / 2)
    later = Deadline(deadlines, last.set)
    later.start()
    assert last.wait(60)
    assert passed["first"] >= SECONDS
    assert time.monotonic() - began >= SECONDS * 1.5
    assert (first.passed, ended.passed, later.passed) == (True, False, True)
    assert passed.keys() == {"first"}
    deadlines.close()
