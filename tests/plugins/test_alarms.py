from __future__ import annotations

import json
import os
import subprocess
import sys
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
from tests.plugins.webhook import listening

ERROR = Alarm("holes", Severity.ERROR, "BTC kalshi 5m", "12 grid points are missing")
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
RUN_IT = """
import json, os, sys
from include.settings import load_settings
from oi_airflow import environment
folder, confs = sys.argv[1:]
home = environment.enter(load_settings())
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = folder
from oi_airflow.first_run import prepare
prepare(home)
from airflow.dag_processing.dagbag import DagBag
for conf in json.loads(confs):
    run = DagBag(dag_folder=folder).dags["only_the_check"].test(logical_date=None, run_conf=conf)
    print("ended:", run.state)
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


def run_the_check(home: Path, confs: list[dict[str, str]], notify_url: str) -> str:
    """A DAG of that task alone, run once with each conf in a process of its own; returns all that was printed."""
    folder = home / "one-dag"
    folder.mkdir(exist_ok=True)
    (folder / "only_the_check.py").write_text(DAG_FILE)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": clock.PYTHON_PATH,
        "OI_HOME": str(home),
        "OI_NOTIFY_URL": notify_url,
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-c", RUN_IT, str(folder), json.dumps(confs)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_check_notifies_and_a_chosen_range_only_reports(tmp_path: Path) -> None:
    stale_ledger(tmp_path)
    with listening() as chat:
        printed = run_the_check(tmp_path, [{}, {"from": "2026-03-07", "to": "2026-03-08"}], chat.url)
        scheduled, failed, chosen = printed.partition("ended: failed\n")
        assert failed, scheduled
        [text] = chat.texts
        assert text.startswith("only_the_check: check_alarms failed in manual__")
        assert "- error freshness: BTC kalshi 1h: rows end at" in text
        assert "s3cret" not in printed
        assert "ended: success" in chosen, chosen
