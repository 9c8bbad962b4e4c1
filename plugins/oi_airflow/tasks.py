"""The stages that every DAG here is made of: thin calls of `include.pipeline`, one task each.

Values between tasks are labels, ids and counts only; rows stay in files and in ClickHouse, the key in settings. Each
task leaves one value: a dictionary's keys, told apart, would each be another call of Airflow's API.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.domain.clock import iso, utc_now
from include.domain.display import shown_line
from include.domain.next_step import NextStep
from include.domain.text import counted, figure
from oi_airflow.clickhouse import open_client
from oi_airflow.current_run import CurrentRun, current_run
from oi_airflow.dag_defaults import API_POOL, OPEN_INTEREST, READING_TIME, WAREHOUSE_POOL
from oi_airflow.text import bullets, in_words, log, warn

if TYPE_CHECKING:
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from include.pipeline.scope.scope import Scope
    from include.pipeline.steps.extract.extracted import Extracted
    from include.pipeline.steps.settle.totals import RunTotals


@task
def plan() -> list[dict[str, Any]]:
    """Wanted minus covered, as priced windows in the ledger, in batches that a task each reads."""
    from include.pipeline.steps.plan.plan import plan as plan_run

    run = current_run()
    planned = plan_run(run.settings, run.spec, run.scope)
    log.info("%s to read: %s", counted(len(planned.window_ids), "window"), in_words(planned.price))
    warn(planned.notes)
    if beyond := len(planned.window_ids) - planned.affordable_count:
        warn([f"not begun: {counted(beyond, 'window')}, last in the order, which the run's cap does not reach"])
    return [batch.to_dict() for batch in planned.batches()]


@task(pool=API_POOL, max_active_tis_per_dagrun=2, map_index_template="{{ batch_label }}", multiple_outputs=False)
def extract(batch: dict[str, Any]) -> dict[str, Any]:
    """Reads one batch of windows page by page; resumes where an earlier try stopped.

    Credits or time that run out are no failure: what was read is kept, batches not begun are skipped, and `report`
    alone is red, with what is left.
    """
    from include.pipeline.errors import PipelineError
    from include.pipeline.run_notes import stop_reason
    from include.pipeline.steps.extract.extract import extract as extract_windows

    context = get_current_context()
    context["batch_label"] = batch["label"]  # type: ignore[typeddict-unknown-key] # for the label
    run = current_run()
    if ended := stop_reason(run.settings, run.spec.run_id, since=run.began):
        raise AirflowSkipException(shown_line(f"not begun: {ended}"))
    task_until = utc_now() + READING_TIME
    until = min(task_until, run.spec.read_until or task_until)
    result = extract_windows(run.settings, replace(run.spec, read_until=until), batch["window_ids"])
    log.info("%s: %s", batch["label"], in_words(result))
    warn([*result.refused, *result.notes])
    if result.ended_at_a_limit and utc_now() < task_until:
        _end_at_a_limit(run, result)
    elif result.stopped:
        retry = result.ended_at_a_limit  # this task's own time: the next try goes on
        next_step = NextStep.RETRY if retry else result.stopped.next_step
        raise PipelineError(result.stopped.message, next_step, result.stopped.wait_seconds)
    return result.to_dict()


def _end_at_a_limit(run: CurrentRun, result: Extracted) -> None:
    from include.pipeline.run_notes import note_stop_reason

    assert result.stopped is not None
    note_stop_reason(run.settings, run.spec.run_id, result.stopped.message)
    if result.requests == 0:
        raise AirflowSkipException(shown_line(f"not begun: {result.stopped.message}"))
    warn([f"ended at a page boundary: {result.stopped.message}"])


# Paid pages go on into the warehouse whatever happened to the plan or to other batches (rule 1).
@task(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def validate() -> list[str]:
    """Landed pages to checked batches: accepted rows, quarantine, check results."""
    from include.pipeline.steps.validate.validate import validate as validate_pages

    run = current_run()
    batch_ids = validate_pages(run.settings, run.spec, partial(open_client, run.settings))
    log.info("batches of landed pages validated: %d", len(batch_ids))
    return batch_ids


@task(pool=WAREHOUSE_POOL)
def load(batch_ids: list[str]) -> list[str]:
    """Publishes checked batches in ClickHouse; again and again gives the same rows (rule 5)."""
    from include.pipeline.steps.load.load import load as load_batches

    run = current_run()
    rows = load_batches(run.settings, batch_ids, client_factory=partial(open_client, run.settings))
    log.info("rows: %s new, %s restated, %s as before", *map(figure, (rows.new, rows.changed, rows.unchanged)))
    log.info("rows in quarantine: %d", rows.quarantined)
    return batch_ids


@task(pool=WAREHOUSE_POOL, outlets=[OPEN_INTEREST], multiple_outputs=False)
def settle(batch_ids: list[str], *, outlet_events: OutletEventAccessors) -> dict[str, Any]:
    """Reconciles counts, writes coverage (rule 3), tells the marts and the asset's readers."""
    from include.pipeline.steps.settle.settle import settle as settle_batches
    from include.pipeline.steps.settle.totals import run_totals
    from include.pipeline.workflows.refresh_marts import refresh_marts

    run = current_run()
    settle_batches(run.settings, batch_ids)
    refresh_marts(run.settings, client_factory=partial(open_client, run.settings))
    totals = run_totals(run.settings, run.spec.run_id)
    warn(totals.restated)
    outlet_events[OPEN_INTEREST].extra = event_extra(run.scope, totals)
    return totals.to_dict()


# The one leaf: green exactly when nothing that the run wanted is left, whatever happened on the way. Red also after a
# clean end at a limit, so that neither a person nor a script takes a part for the whole.
@task(trigger_rule=TriggerRule.ALL_DONE, retries=2, multiple_outputs=False)
def report() -> dict[str, Any]:
    """Says what came of the run; fails with the next step for each thing left."""
    from include.pipeline.errors import PipelineError
    from include.pipeline.run_notes import stop_reason
    from include.pipeline.steps.report.run_report import finish_run
    from include.pipeline.steps.report.run_report import report as report_on

    run = current_run()
    result = report_on(run.settings, run.spec, run.scope)
    finish_run(run.settings, result)
    if not result.complete:
        ended = result.capped or stop_reason(run.settings, run.spec.run_id, since=run.began)
        # Another run may be reading or loading a part of the same time: look again before turning red. Where nothing is
        # to be read (it lies beyond the plan's history, or waits for a second look), no other run brings it soon.
        next_step = NextStep.RETRY if result.left_price and not ended else NextStep.STOP_RUN
        sentence = "the run is incomplete; what it paid for is kept.\n" + bullets(result.left)
        raise PipelineError(sentence, next_step)
    return result.to_message()


def event_extra(scope: Scope, totals: RunTotals) -> dict[str, Any]:
    """What a reader of the asset learns from its event."""
    return {
        "range": [iso(scope.start), iso(scope.end)],
        "rows_new": totals.loaded.new,
        "rows_changed": totals.loaded.changed,
        "credits": totals.credits,
    }
