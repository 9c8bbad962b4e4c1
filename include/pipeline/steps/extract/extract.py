"""Extract: windows are read page by page; each page is reserved, requested, landed and committed before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from include.alarms.clocks import clock_notes
from include.domain.market import Stream
from include.domain.next_step import NextStep
from include.kwery.client import KweryClient
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
from include.pipeline.progress import OnProgress, Stop
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.extract.chain import ChainBroken
from include.pipeline.steps.extract.cost_watch import CostWatch
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.extract.fair_queue import FairQueue
from include.pipeline.steps.extract.pacer import Halted, Pacer
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.steps.extract.paid_requests import PaidRequests
from include.pipeline.steps.extract.tally import Tally
from include.pipeline.steps.extract.window_reader import WindowReader
from include.pipeline.vendor.client import client_of, know_clock, note_clock, sentence_of
from include.settings import Settings

_LIMITS = (CreditsExhausted, RateLimited, PlanRefused)
"""Errors that end reading cleanly: the vendor keeps to its terms, and a later run continues."""
OnLanded = Callable[[OpenWindow], None]


def extract(
    settings: Settings,
    run: RunSpec,
    window_ids: Sequence[str],
    progress: OnProgress | None = None,
    on_landed: OnLanded | None = None,
    timer: CpuTimer | None = None,
) -> Extracted:
    """Reads the windows, several at once, and stops cleanly at a budget, a limit or Ctrl-C.

    What was paid stays landed; an unfinished window resumes at its committed cursor. Errors of the vendor are not
    raised: see `Extracted.stopped` and `.refused`. Raises LandingError when pages cannot be landed, and UnknownPages
    when pages are landed that the ledger does not know; before the first request where that can be known.
    """
    if not window_ids:
        return Extracted()
    with open_ledger(settings.ledger_url) as ledger, client_of(settings) as client:
        store = LandingStore(settings.landing_url)
        with ledger.read() as connection:
            wanted = windows.by_ids(connection, window_ids)
        in_flight, largest = min(settings.api.concurrency, len(window_ids)), _largest_page(settings, wanted)
        # Before anything is paid that could not be kept, or that is landed already.
        with store.room_held(in_flight, largest), landing_session(ledger, store):
            know_clock(settings, ledger, client)
            pacer = Pacer(run.read_until, settings.api.max_wait_seconds, client.clock.at)
            reader = _reader(settings, run, ledger, client, store, pacer, timer or CpuTimer())
            tally = Tally(len(window_ids), progress)
            extraction = _Extraction(settings, ledger, pacer, reader, tally, on_landed, hands_over=not run.one_process)
            result = extraction.read_all(window_ids, {window.window_id: window.stream for window in wanted}, in_flight)
        note_clock(ledger, client)
        if client.clock.worst is not None:
            result.notes += clock_notes(client.clock.worst)
        return result


def _largest_page(settings: Settings, wanted: Sequence[OpenWindow]) -> int:
    """Bytes of the largest answer that any of the windows may get; each keeps the `limit` it was planned with."""
    limit = max((window.limit for window in wanted), default=settings.api.row_cap)
    return page_bytes(limit, settings.api.max_row_bytes)


def _reader(
    settings: Settings,
    run: RunSpec,
    ledger: Ledger,
    client: KweryClient,
    store: LandingStore,
    pacer: Pacer,
    timer: CpuTimer,
) -> WindowReader:
    costs = CostWatch(run.run_id, settings.prices, pacer)
    requests = PaidRequests(settings, run, ledger, client, store, pacer, costs, timer)
    return WindowReader(settings, ledger, store, requests, PageWriter(run, ledger, store, pacer, costs, timer))


class _Extraction:
    """One call of `extract`: its threads share a queue, a pacer and a tally."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        pacer: Pacer,
        reader: WindowReader,
        tally: Tally,
        on_landed: OnLanded | None,
        *,
        hands_over: bool,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._pacer = pacer
        self._reader = reader
        self._tally = tally
        self._on_landed = on_landed
        self._hands_over = hands_over

    def read_all(self, window_ids: Sequence[str], streams: Mapping[str, Stream], threads: int) -> Extracted:
        queue = FairQueue(window_ids, streams, threads)
        with ThreadPoolExecutor(threads, thread_name_prefix="extract") as pool:
            futures = [pool.submit(self._read_from, queue) for _ in range(threads)]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self._pacer.halt(Stop(NextStep.STOP_RUN, "interrupted; run the same command again to resume"))
                raise
        result = self._tally.result
        result.stopped = stop = self._pacer.reason
        result.failed |= stop is not None and stop.is_failure
        return result

    def _read_from(self, queue: FairQueue) -> None:
        while (window_id := queue.take()) is not None:
            try:
                self._read(window_id)
            finally:
                queue.done(window_id)

    def _read(self, window_id: str) -> None:
        if self._pacer.stop is not None:
            self._tally.unfinished(window_id)
            return
        window = self._claim(window_id)
        if window is None:
            self._tally.elsewhere(window_id)
            return
        try:
            self._read_claimed(window)
        except LeaseLost:  # another process holds the window now, as happens to a worker that was frozen
            self._tally.elsewhere(window_id)

    def _read_claimed(self, window: OpenWindow) -> None:
        try:
            landed = self._reader.read(window, self._tally.page)
        except LeaseLost:
            raise
        except Halted:
            self._release(window)
        except ChainBroken as broken:
            self._refuse(window, str(broken))
        except KweryError as error:
            self._end_at_error(window, error)
        except BaseException:
            # The other threads buy nothing more: this error may be a landing zone that is full.
            self._pacer.halt(Stop(NextStep.STOP_RUN, "reading ended by an error; the same command resumes it"))
            self._release(window)
            raise
        else:
            self._land(landed)

    def _claim(self, window_id: str) -> OpenWindow | None:
        now = self._pacer.clocks().for_leases
        with self._ledger.write() as connection:
            return leases.claim(connection, window_id, self._ledger.process_id, now)

    def _land(self, window: OpenWindow) -> None:
        self._finish(window, WindowState.LANDED)
        self._tally.landed(window)
        if self._on_landed:
            self._on_landed(window)

    def _end_at_error(self, window: OpenWindow, error: KweryError) -> None:
        """A refused series ends its window; any other error ends the run, and a later one resumes the window."""
        if not isinstance(error, _LIMITS):
            self._tally.failed()
        if error.next_step is NextStep.STOP_SERIES:
            self._refuse(window, str(error))
            return
        self._release(window)
        # An unreadable answer was bought twice: another try of this run would buy it again.
        next_step = NextStep.STOP_RUN if isinstance(error, ContractBroken) else error.next_step
        self._pacer.halt(Stop(next_step, sentence_of(error, self._settings), error.wait_seconds))

    def _refuse(self, window: OpenWindow, sentence: str) -> None:
        self._finish(window, WindowState.REFUSED, sentence)
        self._tally.refused(sentence)

    def _finish(self, window: OpenWindow, state: WindowState, note: str | None = None) -> None:
        with self._ledger.write() as connection:
            leases.finish(connection, window.lease, state, self._pacer.now(), note)
            if self._hands_over:  # another process validates, perhaps on another machine
                leases.release_lease(connection, window.lease)

    def _release(self, window: OpenWindow) -> None:
        with self._ledger.write() as connection:
            leases.release_lease(connection, window.lease)
        self._tally.unfinished(window.window_id)
