"""The stages that every DAG here is made of: thin calls of `include.pipeline`, one task each.

Values between tasks are labels, ids and counts only; rows stay in files and in ClickHouse, the key in settings.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task

from include.clock import iso
from include.kwery.errors import NextStep
from oi_airflow.clickhouse import open_client
from oi_airflow.current_run import current_run
from oi_airflow.house import API_POOL, OPEN_INTEREST, WAREHOUSE_POOL
from oi_airflow.words import bullets, in_words, log, warn

if TYPE_CHECKING:
    from airflow.sdk.execution_time.context import OutletEventAccessors

    from include.pipeline import RunReport, Scope


@task
def plan() -> list[dict[str, Any]]:
    """Wanted minus covered, as priced windows in the ledger; one batch a symbol."""
    from include import pipeline

    run = current_run()
    planned = pipeline.plan(run.settings, run.spec, run.scope)
    log.info("%d windows to read: %s", len(planned.window_ids), in_words(planned.price))
    warn(planned.notes)
    return [{"label": batch.label, "window_ids": batch.window_ids} for batch in planned.batches()]


@task(pool=API_POOL, max_active_tis_per_dagrun=2, map_index_template="{{ batch_label }}")
def extract(batch: dict[str, Any]) -> dict[str, Any]:
    """Reads one batch of windows page by page; resumes where an earlier try stopped."""
    from include import pipeline

    get_current_context()["batch_label"] = batch["label"]  # type: ignore[typeddict-unknown-key] # for the label
    run = current_run()
    result = pipeline.extract(run.settings, run.spec, batch["window_ids"])
    log.info("%s: %s", batch["label"], in_words(result))
    warn([*result.refused, *result.notes])
    if result.stopped:
        raise pipeline.PipelineError(result.stopped.message, result.stopped.next_step, result.stopped.wait_seconds)
    return result.to_dict()


# Paid pages go on into the warehouse whatever happened to the plan or to other batches (rule 1).
@task(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def validate() -> list[str]:
    """Landed pages to checked batches: accepted rows, quarantine, check results."""
    from include import pipeline

    run = current_run()
    batch_ids = pipeline.validate(run.settings, run.spec)
    log.info("batches of landed pages validated: %d", len(batch_ids))
    return batch_ids


@task(pool=WAREHOUSE_POOL)
def load(batch_ids: list[str]) -> list[str]:
    """Publishes checked batches in ClickHouse; again and again gives the same rows (rule 5)."""
    from include import pipeline

    run = current_run()
    rows = pipeline.load(run.settings, batch_ids, client_factory=partial(open_client, run.settings))
    log.info("rows: %d new, %d restated, %d as before", rows.new, rows.changed, rows.unchanged)
    log.info("rows in quarantine: %d", rows.quarantined)
    return batch_ids


@task(pool=WAREHOUSE_POOL, outlets=[OPEN_INTEREST])
def settle(batch_ids: list[str], *, outlet_events: OutletEventAccessors) -> dict[str, Any]:
    """Reconciles counts, writes coverage (rule 3), tells the marts and the asset's readers."""
    from include import pipeline

    run = current_run()
    pipeline.settle(run.settings, batch_ids)
    pipeline.tell_warehouse(run.settings, client_factory=partial(open_client, run.settings))
    result = pipeline.report(run.settings, run.spec, run.scope)
    outlet_events[OPEN_INTEREST].extra = event_extra(run.scope, result)
    return result.to_dict()


# The one leaf: green exactly when nothing that the run wanted is left, whatever happened on the way.
@task(trigger_rule=TriggerRule.ALL_DONE, retries=2)
def report() -> dict[str, Any]:
    """Says what came of the run; fails with the next step for each thing left."""
    from include import pipeline

    run = current_run()
    result = pipeline.report(run.settings, run.spec, run.scope)
    if not result.complete:
        # Another run may be reading or loading a part of the same time: look again before turning red.
        sentence = "the run is incomplete; what it paid for is kept.\n" + bullets(result.left)
        raise pipeline.PipelineError(sentence, NextStep.RETRY)
    return result.to_dict()


def event_extra(scope: Scope, result: RunReport) -> dict[str, Any]:
    """What a reader of the asset learns from its event."""
    return {
        "window": [iso(scope.start), iso(scope.end)],
        "rows_new": result.loaded.new,
        "rows_changed": result.loaded.changed,
        "credits": result.credits,
        "complete": result.complete,
    }
