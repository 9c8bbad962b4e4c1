from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException

from include.alarms.alarm import Alarm, Severity
from include.domain.market import Interval, Series
from include.domain.time_range import TimeRange
from include.kwery.models import Limits
from include.ledger.credits.reconcile import before_reading, note_account
from include.ledger.database.engine import open_ledger
from include.ledger.work.coverage import replace_coverage
from include.planning.windows.coverage import Covered
from include.settings import ROOT
from include.settings.prices import Prices
from oi_airflow.alarms import conclude
from oi_airflow.step import Done
from tests import clock
from tests.crash.scheduler import Scheduler
from tests.plugins.webhook import listening

ERROR = Alarm("gaps", Severity.ERROR, "BTC kalshi 5m", "12 grid points are missing")
WARNING = Alarm("doubts", Severity.WARNING, "ETH kalshi 5m", "possibly clipped")
DAG_FILE = """
from airflow.sdk import dag
from oi_airflow.alarms import check_alarms
from oi_airflow.dag_defaults import DEFAULT_ARGS, START_DATE, run_params

@dag(schedule=None, start_date=START_DATE, default_args=DEFAULT_ARGS, params=run_params("daily", ["1h"]))
def only_the_check():
    check_alarms()

only_the_check()
"""


def test_errors_fail_with_a_bullet_each_and_are_not_retried() -> None:
    with pytest.raises(AirflowFailException) as caught:
        conclude([ERROR, WARNING], may_fail=True)
    assert str(caught.value).splitlines()[1:] == [f"- {ERROR.text}", f"- {WARNING.text}"]


def test_warnings_alone_do_not_fail() -> None:
    assert conclude([WARNING], may_fail=True) == Done("1 alarm", [WARNING.to_dict()])


def test_a_run_over_a_chosen_range_only_reports() -> None:
    assert conclude([ERROR], may_fail=False) == Done("1 alarm", [ERROR.to_dict()])


@pytest.mark.parametrize(
    ("dag_id", "check"),
    [
        ("open_interest_hourly", "check_freshness"),
        ("open_interest_daily", "check_alarms"),
        ("open_interest_daily", "check_marts"),
    ],
)
def test_a_scheduled_dag_ends_with_its_check_and_nothing_waits_for_it(dag_id: str, check: str) -> None:
    dag = DagBag(dag_folder=str(ROOT / "dags")).dags[dag_id]
    task = dag.get_task(check)
    assert task.trigger_rule.value == "all_done"
    assert task.upstream_task_ids == {"settle"}
    assert task.downstream_task_ids == set()
    assert dag.get_task("complete").upstream_task_ids == {"extract", "settle", "report"}  # the red of each is the run's


def stale_ledger(home: Path) -> None:
    """An hourly series that was kept current until half a day ago."""
    now = clock.now()
    newest = Interval.H1.floor(now) - timedelta(hours=12)
    series = Series("BTC", "kalshi", Interval.H1)
    read = Covered(TimeRange(newest - timedelta(days=1), newest), newest + timedelta(minutes=5), "rows")
    with open_ledger(f"sqlite:///{home / 'ledger.db'}") as ledger:
        note_account(ledger, Limits(vendor_time=now), before_reading(ledger, timedelta()), now, Prices())
        with ledger.write() as connection:
            replace_coverage(connection, {series: [read]})


@pytest.mark.slow
def test_the_check_notifies_and_a_chosen_range_only_reports(tmp_path: Path, scheduler: Scheduler) -> None:
    """In a DAG of that task alone."""
    stale_ledger(tmp_path)
    folder = tmp_path / "one-dag"
    folder.mkdir()
    (folder / "only_the_check.py").write_text(DAG_FILE)
    with listening() as chat:
        world = {
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
            "OI_HOME": str(tmp_path),
            "OI_NOTIFY_URL": chat.url,
            "NO_PROXY": "127.0.0.1",
        }
        scheduled = scheduler.run("only_the_check", {}, world, {})
        assert scheduled.state == "failed", scheduled.tail
        [text] = chat.texts
        assert text.startswith("only_the_check: check_alarms failed in manual__")
        assert "- error freshness: BTC kalshi 1h: rows end at" in text
        assert "s3cret" not in scheduled.log

        chosen = scheduler.run("only_the_check", {"from": "2026-03-07", "to": "2026-03-08"}, world, {})
        assert chosen.state == "success", chosen.tail
        assert chat.texts == [text]
