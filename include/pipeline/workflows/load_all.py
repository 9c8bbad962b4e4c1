"""All steps in one process: while pages are read, those already landed are validated and published."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from include.domain.clock import utc_now
from include.domain.next_step import NextStep
from include.landing.errors import LandingFailed
from include.ledger.database.engine import Ledger, open_ledger
from include.ledger.work import batches, windows
from include.pipeline.cpu_timer import CpuTimer
from include.pipeline.errors import PipelineError
from include.pipeline.progress import OnProgress, Progress, Stop
from include.pipeline.scope.open_windows import overlaps
from include.pipeline.scope.resolve_symbols import resolve_symbols
from include.pipeline.scope.scope import ResolvedScope, RunSpec, Scope
from include.pipeline.steps.extract.extract import extract
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.load.load import load
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.plan.planned_run import PlannedRun
from include.pipeline.steps.report.finish_run import finish_run
from include.pipeline.steps.report.run_report import report
from include.pipeline.steps.report.summary import RunReport
from include.pipeline.steps.settle.settle import settle
from include.pipeline.steps.validate.validate import cut_batches, landed_batch
from include.pipeline.steps.validate.worker import ValidationWorker
from include.pipeline.workflows.refresh_marts import refresh_marts
from include.settings import Settings
from include.warehouse.keeper import WarehouseKeeper

_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 900.0
"""Longest wait for other processes that read windows of the same scope."""


def load_all(settings: Settings, run: RunSpec, scope: Scope, progress: OnProgress | None = None) -> RunReport:
    """Plans, reads, validates, publishes and settles until the scope is complete; returns a report.

    Raises PipelineError when a step breaks; what was paid is landed then, and the same call resumes from there.
    The first KeyboardInterrupt ends reading after the requests in flight, and their pages are loaded. A second one is
    raised.
    """
    show = progress or (lambda _: None)
    timer = CpuTimer()
    show(Progress("planning"))
    extracted, notes = Extracted(), []
    with ValidationWorker(settings) as worker, open_ledger(settings.ledger_url) as ledger:
        settle(settings, [])  # windows that a run read to their end before it died
        patience = _Patience(run)
        while True:
            others = _others(ledger, _resolved(settings, ledger, scope))
            planned = plan(settings, run, scope)
            notes = planned.notes
            part = _read_and_publish(settings, run, planned, worker, ledger, show, timer)
            extracted = _joined(extracted, part)
            if part.requests:
                patience = _Patience(run)
            waited = not part.stopped and _waited_for_others(settings, ledger, scope, show, patience)
            # Other processes may have died meanwhile: their windows are planned again.
            if part.stopped or patience.is_over or not (waited or part.elsewhere or others):
                break
    result = report(settings, run, scope, extracted, notes)
    result.stages = timer.seconds
    finish_run(settings, result)
    return result


def _read_and_publish(
    settings: Settings,
    run: RunSpec,
    planned: PlannedRun,
    worker: ValidationWorker,
    ledger: Ledger,
    show: OnProgress,
    timer: CpuTimer,
) -> Extracted:
    worker.reopen()
    with _publishing(settings, worker, timer) as publisher:
        cutter = _Cutter(settings, run, ledger, worker, publisher)
        cutter.cut(half_read=False)
        try:
            extracted = extract(settings, run, planned.window_ids, show, cutter.on_landed, timer)
        except KeyboardInterrupt:
            extracted = Extracted(stopped=Stop(NextStep.STOP_RUN, "interrupted"), interrupted=True)
        except LandingFailed as failed:  # pages that landed before it are still loaded
            extracted = Extracted(stopped=Stop(failed.next_step, str(failed)), failed=True)
        label = "interrupted, loading what was paid for; Ctrl-C again stops at once" if extracted.interrupted else ""
        show(Progress("validating", 0, 0, extracted.requests, extracted.rows, extracted.credits, label))
        cutter.cut()
        worker.close_input()
    return extracted


class _Cutter:
    """Cuts batches whenever enough rows have landed, and hands them to the worker and the publisher."""

    def __init__(
        self, settings: Settings, run: RunSpec, ledger: Ledger, worker: ValidationWorker, publisher: _Publisher
    ) -> None:
        self._settings = settings
        self._run = run
        self._ledger = ledger
        self._worker = worker
        self._publisher = publisher
        self._rows = 0
        self._lock = threading.Lock()

    def on_landed(self, window: windows.OpenWindow) -> None:
        with self._lock:
            self._rows += window.rows
            if self._rows >= self._settings.warehouse.batch_rows:
                self._rows %= self._settings.warehouse.batch_rows  # about those that wait for the next batch
                self._cut(half_read=False, only_full=True)

    def cut(self, *, half_read: bool = True) -> None:
        with self._lock:
            self._rows = 0
            self._cut(half_read=half_read)

    def _cut(self, *, half_read: bool, only_full: bool = False) -> None:
        for batch in cut_batches(self._settings, self._ledger, self._run, half_read=half_read, only_full=only_full):
            if self._publisher.take(batch.batch_id):
                self._worker.submit(landed_batch(self._ledger, batch.batch_id))


class _Publisher(threading.Thread):
    """Publishes and settles validated batches in the order in which they were cut, then refreshes the marts."""

    def __init__(self, settings: Settings, worker: ValidationWorker, timer: CpuTimer) -> None:
        super().__init__(name="publish", daemon=True)
        self._settings = settings
        self._worker = worker
        self._timer = timer
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._taken: set[str] = set()
        self.error: BaseException | None = None

    def take(self, batch_id: str) -> bool:
        """Queues a batch once; returns False when it is queued already."""
        if batch_id in self._taken:
            return False
        self._taken.add(batch_id)
        self._queue.put(batch_id)
        return True

    def finish(self) -> None:
        """Waits until all batches are settled and the marts are refreshed. Raises the error that prevented it."""
        self._queue.put(None)
        self.join()
        if self.error is not None:
            raise self.error

    def abandon(self) -> None:
        """Finishes the current batch and leaves the others to the next run."""
        self.error = self.error or InterruptedError()
        self._queue.put(None)
        self.join(timeout=60)

    def run(self) -> None:
        """Publishes the queue. A batch that fails with PipelineError blocks no other; any other error ends it."""
        try:
            with WarehouseKeeper(self._settings) as keeper:
                while (batch_id := self._queue.get()) is not None:
                    if self.error is None or isinstance(self.error, PipelineError):
                        self._try_to_publish(batch_id, keeper)
                if self.error is None:
                    self._refresh_marts(keeper)
        except BaseException as error:  # also of closing
            self.error = self.error or error

    def _try_to_publish(self, batch_id: str, keeper: WarehouseKeeper) -> None:
        try:
            self._publish(batch_id, keeper)
        except PipelineError as error:
            self.error = self.error or error
        except BaseException as error:
            self.error = error

    def _publish(self, batch_id: str, keeper: WarehouseKeeper) -> None:
        self._timer.add("validate", self._worker.result())
        load(self._settings, [batch_id], timer=self._timer, keeper=keeper)
        with self._timer.measure("settle"):
            settle(self._settings, [batch_id])

    def _refresh_marts(self, keeper: WarehouseKeeper) -> None:
        """Also where there was nothing to publish: an earlier run may have died between settling and this."""
        with self._timer.measure("settle"):
            settle(self._settings, [])
            refresh_marts(self._settings, only_news=not self._taken, keeper=keeper)


@contextmanager
def _publishing(settings: Settings, worker: ValidationWorker, timer: CpuTimer) -> Iterator[_Publisher]:
    publisher = _Publisher(settings, worker, timer)
    publisher.start()
    try:
        yield publisher
        publisher.finish()
    except BaseException:
        publisher.abandon()  # also at Ctrl-C: the process must not exit in the middle of an insert
        raise


class _Patience:
    """How long a load with nothing left to read waits for others: not beyond the end of the run's time."""

    def __init__(self, run: RunSpec) -> None:
        self._until = utc_now() + timedelta(seconds=_PATIENCE_SECONDS)
        if run.read_until is not None:
            self._until = min(self._until, run.read_until)

    @property
    def is_over(self) -> bool:
        return utc_now() >= self._until


def _waited_for_others(settings: Settings, ledger: Ledger, scope: Scope, show: OnProgress, patience: _Patience) -> bool:
    """Waits while other living processes work on the scope; True when there were any: then plan again."""
    resolved, waited = _resolved(settings, ledger, scope), False
    while (busy := _others(ledger, resolved)) and not patience.is_over:
        show(Progress("waiting", label=f"another process reads {busy[0].label}"))
        time.sleep(_POLL_SECONDS)
        waited = True
    return waited


def _resolved(settings: Settings, ledger: Ledger, scope: Scope) -> ResolvedScope:
    with ledger.read() as connection:
        return resolve_symbols(connection, settings, scope)


def _others(ledger: Ledger, scope: ResolvedScope) -> list[windows.OpenWindow]:
    """Open windows of the scope that another living process reads, publishes, or has planned and will read."""
    now = utc_now()
    with ledger.read() as connection:
        wanted = [one for one in windows.open_windows(connection) if overlaps(one, scope)]
        published = batches.windows_of_others(connection, ledger.process_id, now)
    return [one for one in wanted if one.window_id in published or _is_of_others(one, ledger.process_id, now)]


def _is_of_others(window: windows.OpenWindow, owner: str, now: datetime) -> bool:
    if not window.is_free(now):
        return window.owner != owner
    return window.planner not in (None, owner) and window.is_awaited(now)


def _joined(first: Extracted, second: Extracted) -> Extracted:
    return Extracted(
        requests=first.requests + second.requests,
        rows=first.rows + second.rows,
        credits=first.credits + second.credits,
        landed=first.landed + second.landed,
        elsewhere=second.elsewhere,
        unfinished=second.unfinished,
        refused=second.refused,
        notes=first.notes + second.notes,
        stopped=second.stopped,
        failed=first.failed or second.failed,
        interrupted=second.interrupted,
    )
