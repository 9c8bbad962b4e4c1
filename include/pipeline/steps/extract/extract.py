"""Extract: windows are read page by page; each page is reserved, requested, landed and committed before the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from include.alarms.clocks import clock_notes
from include.domain.next_step import NextStep
from include.kwery.errors import ContractBroken, CreditsExhausted, KweryError, PlanRefused, RateLimited
from include.kwery.http.body import page_bytes
from include.landing.store import LandingStore
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.database.models.work import WindowState
from include.ledger.work import leases, windows
from include.ledger.work.leases import LeaseLost
from include.ledger.work.windows import OpenWindow
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.landing_zone import landing_session
from include.pipeline.progress import OnProgress, Progress, Stop
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.extract.fair_queue import FairQueue
from include.pipeline.steps.extract.page_fetcher import Fetcher, Halted
from include.pipeline.steps.extract.window_reader import ChainBroken, read_window
from include.pipeline.vendor.client import client_of, know_clock, note_clock
from include.settings import Settings

LIMITS = (CreditsExhausted, RateLimited, PlanRefused)
"""Errors that end reading cleanly: the vendor keeps to its terms, and there is work left."""
OnLanded = Callable[[OpenWindow], None]


def extract(
    settings: Settings,
    run: RunSpec,
    window_ids: Sequence[str],
    progress: OnProgress | None = None,
    on_landed: OnLanded | None = None,
    stages: CpuTimer | None = None,
) -> Extracted:
    """Reads the windows, several at once, and stops cleanly at a budget, a limit or Ctrl-C.

    What was paid stays landed; an unfinished window resumes at its committed cursor. Never raises for what the
    vendor answers: see `Extracted.stopped` and `.refused`. LandingError when pages cannot be landed, and UnknownPages
    when pages are landed that the ledger does not know; before the first request where that can be known.
    """
    if not window_ids:
        return Extracted()
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        store = LandingStore(settings.landing_url)
        in_flight, largest = min(settings.api.concurrency, len(window_ids)), _largest_page(settings, ledger, window_ids)
        # Before anything is paid that could not be kept, or that is landed already.
        with store.room_held(in_flight, largest), landing_session(ledger, store):
            know_clock(settings, ledger, client)
            fetcher = Fetcher(settings, run, ledger, client, store, stages or CpuTimer())
            reading = _Reading(settings, run, ledger, fetcher, len(window_ids), progress, on_landed)
            result = reading.read_all(window_ids)
        note_clock(ledger, client)
        if client.clock.worst is not None:
            result.notes += clock_notes(client.clock.worst)
        return result


def _largest_page(settings: Settings, ledger: Ledger, window_ids: Sequence[str]) -> int:
    """Bytes of the largest answer that any of the windows may get; one may have been planned under another cap."""
    with ledger.read() as connection:
        limits = [window.limit for window in windows.by_ids(connection, window_ids)]
    return page_bytes(max(limits, default=settings.api.row_cap), settings.api.max_row_bytes)


class _Reading:
    """One call of `extract`: the threads share a fetcher, a stop flag and the figures."""

    def __init__(
        self,
        settings: Settings,
        run: RunSpec,
        ledger: Ledger,
        fetcher: Fetcher,
        total: int,
        progress: OnProgress | None,
        on_landed: OnLanded | None,
    ) -> None:
        self._ledger = ledger
        self._threads = min(settings.api.concurrency, total)
        self._hands_over = not run.one_process
        self._fetcher = fetcher
        self._result = Extracted()
        self._total = total
        self._done = 0
        self._progress = progress
        self._on_landed = on_landed
        self._lock = threading.Lock()

    def read_all(self, window_ids: Sequence[str]) -> Extracted:
        with self._ledger.read() as connection:
            streams = {window.window_id: window.stream for window in windows.by_ids(connection, window_ids)}
        turns = FairQueue(window_ids, streams, self._threads)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="extract") as pool:
            futures = [pool.submit(self._read_in_turn, turns) for _ in range(self._threads)]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self._fetcher.halt(Stop(NextStep.STOP_RUN, "interrupted; run the same command again to resume"))
                raise
        self._result.stopped = stop = self._fetcher.reason
        self._result.failed |= stop is not None and stop.is_failure
        return self._result

    def _read_in_turn(self, turns: FairQueue) -> None:
        while (window_id := turns.take()) is not None:
            try:
                self._read(window_id)
            finally:
                turns.done(window_id)

    def _read(self, window_id: str) -> None:
        if self._fetcher.stop is not None:
            self._note("unfinished", window_id)
            return
        window = self._claim(window_id)
        if window is None:
            self._note("elsewhere", window_id)
            return
        try:
            self._read_claimed(window)
        except LeaseLost:
            self._note("elsewhere", window_id)

    def _read_claimed(self, window: OpenWindow) -> None:
        """Raises LeaseLost when another process has taken the window meanwhile: an ordinary end of its reading here."""
        try:
            landed = read_window(window, self._fetcher, self._count)
        except LeaseLost:
            raise
        except Halted:
            self._let_go(window)
        except ChainBroken as broken:
            self._refuse(window, str(broken))
        except KweryError as error:
            self._sort(window, error)
        except BaseException:
            # nothing more is bought by the other threads: what stopped this one may be a landing zone that is full
            self._fetcher.halt(Stop(NextStep.STOP_RUN, "reading ended by an error; the same command resumes it"))
            self._let_go(window)
            raise
        else:
            self._land(landed)

    def _claim(self, window_id: str) -> OpenWindow | None:
        now = self._fetcher.now()
        with self._ledger.write() as connection:
            return leases.claim(connection, window_id, self._ledger.process_id, now)

    def _land(self, window: OpenWindow) -> None:
        with self._ledger.write() as connection:
            self._close(connection, window, WindowState.LANDED)
        self._note("landed", window.window_id)
        if window.doubts and window.note:
            self._note("notes", f"{window.label}: {window.note}")
        if self._on_landed:
            self._on_landed(window)

    def _sort(self, window: OpenWindow, error: KweryError) -> None:
        """A refused series ends here; anything wider ends the run with the window left to be resumed."""
        if not isinstance(error, LIMITS):
            self._result.failed = True
        if error.next_step is NextStep.STOP_SERIES:
            self._refuse(window, str(error))
            return
        self._let_go(window)
        # An unreadable answer was bought twice by now; another try of this run would buy it again.
        next_step = NextStep.STOP_RUN if isinstance(error, ContractBroken) else error.next_step
        self._fetcher.halt(Stop(next_step, str(error), error.retry_after_seconds))

    def _refuse(self, window: OpenWindow, sentence: str) -> None:
        with self._ledger.write() as connection:
            self._close(connection, window, WindowState.REFUSED, sentence)
        self._note("refused", sentence)

    def _close(self, connection: Connection, window: OpenWindow, state: WindowState, note: str | None = None) -> None:
        """The lease ends here where another process validates, which may be on another machine."""
        leases.finish(connection, window.lease, state, self._fetcher.now(), note)
        if self._hands_over:
            leases.release_lease(connection, window.lease)

    def _let_go(self, window: OpenWindow) -> None:
        with self._ledger.write() as connection:
            leases.release_lease(connection, window.lease)
        self._note("unfinished", window.window_id)

    def _note(self, name: str, text: str) -> None:
        with self._lock:
            getattr(self._result, name).append(text)
            if name in ("landed", "refused", "elsewhere"):
                self._done += 1

    def _count(self, window: OpenWindow, rows: int, credits: int) -> None:
        with self._lock:
            result = self._result
            result.requests += 1
            result.rows += rows
            result.credits += credits
            if self._progress:
                self._progress(
                    Progress(
                        "reading", self._done, self._total, result.requests, result.rows, result.credits, window.label
                    )
                )
