"""The checks that end a run: independent of the load, red when somebody must act."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from airflow.sdk import TriggerRule, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from include.domain.text import counted
from oi_airflow.clickhouse import open_client
from oi_airflow.dag_defaults import WAREHOUSE_POOL
from oi_airflow.kwery_hook import KweryHook
from oi_airflow.run_range import wanted_range
from oi_airflow.step import Done, step
from oi_airflow.text import bullets, warn

if TYPE_CHECKING:
    from include.alarms.alarm import Alarm


@step(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def check_alarms() -> Done:
    """Runs every check over ledger and warehouse; makes no request."""
    from include.pipeline.monitoring.alarms import alarms as all_alarms

    settings = KweryHook().settings()
    return conclude(all_alarms(settings, partial(open_client, settings)), may_fail())


@step(trigger_rule=TriggerRule.ALL_DONE)
def check_freshness() -> Done:
    """Checks what cannot wait for the daily DAG: rows that are old, charges off the price table, late runs."""
    from include.domain.market import Interval
    from include.pipeline.monitoring.alarms import hourly_alarms

    intervals = [Interval.parse(text) for text in get_current_context()["params"]["intervals"]]
    return conclude(hourly_alarms(KweryHook().settings(), intervals), may_fail())


@step(trigger_rule=TriggerRule.ALL_DONE, pool=WAREHOUSE_POOL)
def check_marts() -> Done:
    """Runs every check of the marts inside ClickHouse; makes no request."""
    from include.alarms.alarm import Alarm, Severity
    from include.pipeline.monitoring.status import check_marts as check_marts_of

    settings = KweryHook().settings()
    problems = check_marts_of(settings, partial(open_client, settings))
    return conclude([Alarm("marts", Severity.ERROR, "warehouse", problem) for problem in problems], may_fail())


def conclude(alarms: Sequence[Alarm], may_fail: bool) -> Done:
    """Ends a check: with warnings, or with a failure that lists all where one is an error and the task may fail."""
    from include.alarms.alarm import first_of_each_kind

    first = first_of_each_kind(alarms)
    sentences = [alarm.text for alarm in first]
    if may_fail and any(alarm.severity == "error" for alarm in alarms):
        # Not to be retried: nothing that this run does can clear it.
        header = "Attention is needed (docs/operating.md#alarms); what this run loaded is not affected.\n"
        raise AirflowFailException(header + bullets(sentences))
    warn(sentences)
    return Done(counted(len(alarms), "alarm") if alarms else "no alarms", [alarm.to_dict() for alarm in first])


def may_fail() -> bool:
    """False in a run whose range a person or a backfill chose, which keeps nothing current."""
    return not wanted_range(get_current_context(), lookback_days=0).exact
