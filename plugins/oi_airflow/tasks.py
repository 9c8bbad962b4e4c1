"""The steps that every DAG here is made of: thin calls of `include.pipeline`, one task each.

Values between tasks are labels, ids and counts only. Rows stay in files and in ClickHouse, the key in settings.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from include.domain.clock import iso, utc_now
from include.domain.display import shown_line
from include.domain.next_step import NextStep
from include.domain.text import counted
from oi_airflow.alarms import may_fail
from oi_airflow.clickhouse import address, namespace, open_client
from oi_airflow.current_run import CurrentRun, current_run
from oi_airflow.dag_defaults import API_POOL, KWERY, MARTS, OPEN_INTEREST, READING_TIME, WAREHOUSE_POOL
from oi_airflow.metrics import send_metrics
from oi_airflow.pricing import refuse_small_cap
from oi_airflow.read_progress import ReadProgress
from oi_airflow.step import Done, failed_steps, leave_lineage, leave_note, report_killed, step
from oi_airflow.text import bullets, elsewhere_in_words, paid_in_words, price_in_words, rows_in_words, warn

if TYPE_CHECKING:
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from include.pipeline.progress import Stop
    from include.pipeline.scope.scope import Scope
    from include.pipeline.steps.extract.extracted import Extracted
    from include.pipeline.steps.report.summary import RunReport
    from include.pipeline.steps.settle.totals import RunTotals

READ_AND_LOAD = ("extract", "validate", "load", "settle")
"""The tasks between `plan` and `report`, in order."""


@step()
def plan() -> Done:
    """Puts what is wanted and not covered into the ledger's queue as priced windows, in batches for `extract`.

    Where nothing is to be read, and all that was ever read is in the warehouse, `report` follows at once.
    """
    from include.pipeline.run_notes import keep_plan
    from include.pipeline.steps.plan.plan import plan as plan_run
    from include.pipeline.steps.settle.nothing_to_load import nothing_to_load

    run = current_run()
    planned = plan_run(run.settings, run.spec, run.scope)
    keep_plan(run.settings, run.spec, run.scope, planned)
    refuse_small_cap(run, planned.windows)
    warn(planned.notes)
    if beyond := len(planned.window_ids) - planned.affordable_count:
        warn([f"not begun: {counted(beyond, 'window')}, last in the order, which the run's cap does not reach"])
    if not planned.window_ids and nothing_to_load(run.settings, address(run.settings)):
        return Done("nothing to read, and nothing to load", [], skips=READ_AND_LOAD)
    line = f"{counted(len(planned.window_ids), 'window')} to read: {price_in_words(planned.price)}"
    return Done(line, [batch.to_dict() for batch in planned.batches()])


@step(
    pool=API_POOL,
    max_active_tis_per_dagrun=2,
    map_index_template="{{ task.op_kwargs['batch']['label'] }}",  # rendered before the task runs, so that it survives
    inlets=[KWERY],
)
def extract(batch: dict[str, Any]) -> Done:
    """Reads one batch of windows page by page, and resumes where an earlier try stopped.

    Credits or time that run out are not a failure: what was read is kept, batches not begun are skipped, and `report`
    alone fails, with the remaining work.
    """
    from include.pipeline.errors import PipelineError
    from include.pipeline.monitoring.lineage import of_extract
    from include.pipeline.run_notes import stop_reason
    from include.pipeline.steps.extract.extract import extract as extract_windows

    run = current_run()
    if ended := stop_reason(run.settings, run.spec.run_id, since=run.began):
        raise AirflowSkipException(shown_line(f"not begun: {ended}"))
    task_until = utc_now() + READING_TIME
    until = min(task_until, run.spec.read_until or task_until)
    spec = replace(run.spec, read_until=until)
    result = extract_windows(run.settings, spec, batch["window_ids"], ReadProgress())
    leave_lineage(of_extract(run.settings, spec.lane, result))
    warn([*result.refused, *result.notes])
    if result.ended_at_a_limit and utc_now() < task_until:
        _end_at_a_limit(run, result)
    elif stop := result.stopped:
        if result.ended_at_a_limit:
            raise PipelineError(stop.message, NextStep.RETRY)  # this task's own time is over: the next try continues
        _end_the_run(run, stop)
    figures = {"requests": result.requests, "rows": result.rows, "credits": result.credits}
    return Done(_read(result, len(batch["window_ids"])), figures)


def _end_at_a_limit(run: CurrentRun, result: Extracted) -> None:
    from include.pipeline.run_notes import note_stop_reason

    assert result.stopped is not None
    note_stop_reason(run.settings, run.spec.run_id, result.stopped.message)
    if result.requests == 0:
        raise AirflowSkipException(shown_line(f"not begun: {result.stopped.message}"))
    warn([f"ended at a page boundary: {result.stopped.message}"])


def _end_the_run(run: CurrentRun, stop: Stop) -> NoReturn:
    """Fails this task; where no try can succeed, the batches beside it are skipped, so that one task is red."""
    from include.pipeline.errors import PipelineError
    from include.pipeline.run_notes import note_stop_reason, stop_reason

    if stop.next_step is NextStep.STOP_RUN:
        if stop_reason(run.settings, run.spec.run_id, since=run.began):
            raise AirflowSkipException(shown_line(f"ended as the batch before it: {stop.message}"))
        note_stop_reason(run.settings, run.spec.run_id, stop.message)
    raise PipelineError(stop.message, stop.next_step, stop.wait_seconds)


def _read(result: Extracted, windows: int) -> str:
    done = f"{counted(result.rows, 'row')} received; {paid_in_words(result.credits, result.requests)}"
    return f"{done}; {len(result.landed):,} of {counted(windows, 'window')} read to the end"


# Paid pages go into the warehouse whatever happened to the plan or to other batches (rule 1).
@step(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def validate() -> Done:
    """Checks landed pages: accepted rows, quarantine, and the results of every rule."""
    from include.pipeline.steps.validate.validate import validate as validate_pages

    run = current_run()
    batch_ids = validate_pages(run.settings, run.spec, partial(open_client, run.settings))
    return Done(f"{counted(len(batch_ids), 'batch')} of landed pages checked", batch_ids)


@step(pool=WAREHOUSE_POOL)
def load(batch_ids: list[str]) -> Done:
    """Publishes checked batches in ClickHouse; any number of repeats gives the same rows (rule 5)."""
    from include.pipeline.monitoring.lineage import of_load
    from include.pipeline.steps.load.load import load as load_batches

    run = current_run()
    rows = load_batches(run.settings, batch_ids, client_factory=partial(open_client, run.settings))
    leave_lineage(of_load(run.settings, namespace(run.settings), rows))
    return Done(f"{rows_in_words(rows)}, {rows.unchanged:,} as before", batch_ids)


@step(pool=WAREHOUSE_POOL, outlets=[OPEN_INTEREST, MARTS])
def settle(batch_ids: list[str], *, outlet_events: OutletEventAccessors) -> Done:
    """Reconciles counts, writes coverage (rule 3), updates the marts, and emits the asset's event."""
    from include.pipeline.monitoring.lineage import of_settle
    from include.pipeline.steps.settle.settle import settle as settle_batches
    from include.pipeline.steps.settle.totals import run_totals
    from include.pipeline.workflows.refresh_marts import refresh_marts

    run = current_run()
    settle_batches(run.settings, batch_ids)
    refresh_marts(run.settings, partial(open_client, run.settings), address=address(run.settings))
    totals = run_totals(run.settings, run.spec.run_id)
    leave_lineage(of_settle(run.settings, namespace(run.settings), run.spec.lane, totals))
    warn(totals.restated)
    for asset in (OPEN_INTEREST, MARTS):
        outlet_events[asset].extra = event_extra(run.scope, totals)
    elsewhere = elsewhere_in_words(totals.loaded_elsewhere)
    line = f"{rows_in_words(totals.loaded)}{elsewhere}; {paid_in_words(totals.credits, totals.requests)}; in the marts"
    return Done(line, totals.to_dict())


# Green exactly when nothing that the run wanted is left. Red also after a clean end at a limit, so that nobody takes a
# part for the whole. Where a step before it is red, that one names the cause, and this is skipped.
@step(trigger_rule=TriggerRule.ALL_DONE, retries=2)
def report() -> Done:
    """Says what the run brought and cost, here and in the run's note; fails with the next step for each thing left.

    A run over a chosen range is green where only time before the first row of a series is left: its market is younger,
    or the vendor's history is.
    """
    from include.pipeline.errors import PipelineError
    from include.pipeline.run_notes import stop_reason
    from include.pipeline.steps.report.finish_run import finish_run
    from include.pipeline.steps.report.run_report import report as report_on

    run = current_run()
    result = report_on(run.settings, run.spec, run.scope)
    finish_run(run.settings, result)
    send_metrics(run.settings)
    line = run_in_words(result)
    if result.complete or (result.before_first_rows and not may_fail()):
        warn(result.left)
        leave_note(": ".join([line, *result.left[:1]]))
        return Done(line, result.to_message())
    if failed := failed_steps():
        report_killed(failed)
        line = f"{line}: see the log of {failed[0]}, which failed"
        leave_note(line)  # the work left is on the run's page; the next step is that of the failed task
        raise AirflowSkipException(shown_line(line))
    ended = result.capped or stop_reason(run.settings, run.spec.run_id, since=run.began)
    # Another run may be reading or loading a part of the same time: look again before turning red. Where nothing is
    # to be read (it lies beyond the plan's history, or waits for a second look), no other run brings it soon.
    next_step = NextStep.RETRY if result.left_price and not ended else NextStep.STOP_RUN
    raise PipelineError(f"{line}. What it paid for is kept.\n{bullets(result.left)}", next_step)


def complete(*steps: Any) -> None:
    """Ends a DAG with a task that is green when the run is complete: no step failed, and nothing is left."""
    list(steps) >> EmptyOperator(
        task_id="complete",
        trigger_rule=TriggerRule.NONE_FAILED,
        doc_md="Green when every step is green and `report` found nothing left. It runs nothing itself.",
    )


def run_in_words(result: RunReport) -> str:
    """`171 rows new, 0 restated, 0 in quarantine; 963 credits in 9 requests; complete`."""
    lost = f"; {counted(result.lost_pages, 'paid answer')} could not be landed" if result.lost_pages else ""
    older = "complete but for time before the first rows, which nothing proves empty"
    end = "complete" if result.complete else older if result.before_first_rows else "incomplete"
    elsewhere = elsewhere_in_words(result.loaded_elsewhere)
    return f"{rows_in_words(result.loaded)}{elsewhere}; {paid_in_words(result.credits, result.requests)}{lost}; {end}"


def event_extra(scope: Scope, totals: RunTotals) -> dict[str, Any]:
    """What a reader of the asset learns from its event."""
    return {
        "range": [iso(scope.start), iso(scope.end)],
        "rows_new": totals.loaded.new,
        "rows_changed": totals.loaded.changed,
        "credits": totals.credits,
    }
