"""Windows in reading order, shared fairly: a slow stream never takes threads that other streams could use."""

from __future__ import annotations

import heapq
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence

from include.domain.market import Stream


class FairQueue:
    """Hands windows to the threads of one run, in order, while each stream keeps to its share of the threads.

    While windows of several streams wait, each stream is read by at most an equal part of the threads. Threads that
    this leaves over may read any stream.
    """

    def __init__(self, window_ids: Sequence[str], streams: Mapping[str, Stream], threads: int) -> None:
        self._threads = threads
        self._stream_of = {window_id: streams.get(window_id) for window_id in window_ids}
        self._places: dict[Stream | None, deque[int]] = defaultdict(deque)
        self._window_ids = window_ids
        for place, window_id in enumerate(window_ids):
            self._places[self._stream_of[window_id]].append(place)
        self._next = [places[0] for places in self._places.values()]
        """A heap with the first waiting place of each stream."""
        heapq.heapify(self._next)
        self._reading: Counter[Stream | None] = Counter()
        self._lock = threading.Lock()

    def take(self) -> str | None:
        """The next window to read, or None when none waits; its reader calls `done` afterwards."""
        with self._lock:
            if not self._next:
                return None
            place = self._first_within_share()
            window_id = self._window_ids[place]
            stream = self._stream_of[window_id]
            waiting = self._places[stream]
            waiting.popleft()
            if waiting:
                heapq.heappush(self._next, waiting[0])
            self._reading[stream] += 1
            return window_id

    def done(self, window_id: str) -> None:
        """Frees the thread that read a window."""
        with self._lock:
            self._reading[self._stream_of[window_id]] -= 1

    def _first_within_share(self) -> int:
        share = -(-self._threads // len(self._next))
        passed_over = []
        while self._next:
            place = heapq.heappop(self._next)
            if self._reading[self._stream_of[self._window_ids[place]]] < share:
                break
            passed_over.append(place)
        else:
            place = passed_over.pop(0)
        for other in passed_over:
            heapq.heappush(self._next, other)
        return place
