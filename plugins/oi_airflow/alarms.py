"""The checks that end a run: independent of the load, red when somebody must act."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from oi_airflow.clickhouse import open_client
from oi_airflow.dag_defaults import WAREHOUSE_POOL
from oi_airflow.kwery_hook import KweryHook
from oi_airflow.run_range import wanted_range
from oi_airflow.text import bullets, log, warn

if TYPE_CHECKING:
    from include.alarms.alarm import Alarm


@task(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def check_alarms() -> list[dict[str, Any]]:
    """Every check over ledger and warehouse; asks the vendor nothing."""
    from include.pipeline.monitoring.alarms import alarms as all_alarms

    settings = KweryHook().settings()
    return tell(all_alarms(settings, partial(open_client, settings)), may_fail())


@task(trigger_rule=TriggerRule.ALL_DONE)
def check_freshness() -> list[dict[str, Any]]:
    """What cannot wait for the daily checks: rows of this DAG that are old, charges off the price table, late runs."""
    from include.domain.market import Interval
    from include.pipeline.monitoring.alarms import hourly_alarms

    intervals = [Interval.parse(text) for text in get_current_context()["params"]["intervals"]]
    return tell(hourly_alarms(KweryHook().settings(), intervals), may_fail())


@task(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def check_marts() -> list[dict[str, Any]]:
    """Every check of the marts, inside ClickHouse; asks the vendor nothing."""
    from include.alarms.alarm import Alarm, Severity
    from include.pipeline.monitoring.status import check_marts as check_marts_of

    settings = KweryHook().settings()
    problems = check_marts_of(settings, partial(open_client, settings))
    return tell([Alarm("marts", Severity.ERROR, "warehouse", problem) for problem in problems], may_fail())


def tell(alarms: Sequence[Alarm], may_fail: bool) -> list[dict[str, Any]]:
    """Logs the alarms; where one is an error, fails with all of them, unless the task may only report."""
    from include.alarms.alarm import first_of_each_kind

    told = first_of_each_kind(alarms)
    sentences = [alarm.text for alarm in told]
    if may_fail and any(alarm.severity == "error" for alarm in alarms):
        # Not to be retried: nothing that this run does can mend it.
        header = "attention is needed (docs/operating.md#alarms); what this run loaded is not affected.\n"
        raise AirflowFailException(header + bullets(sentences))
    warn(sentences)
    log.info("alarms: %s", len(alarms) or "none")
    return [alarm.to_dict() for alarm in told]


def may_fail() -> bool:
    """False in a run whose range a person or a backfill chose: it says nothing about what is kept current."""
    return not wanted_range(get_current_context(), lookback_days=0).exact
