from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, CronDataIntervalTimetable
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.exceptions import ParamValidationError

from include.domain.clock import parse_instant
from include.planning.windows.batches import MOST_BATCHES
from include.settings import ROOT
from oi_airflow.dag_defaults import API_POOL, POOLS, WAREHOUSE_POOL, owner_links
from oi_airflow.priority import LiveFirst
from oi_airflow.retry_policy import KweryRetryPolicy

SCHEDULED = {"open_interest_hourly": "5 * * * *", "open_interest_daily": "20 0 * * *"}
ALL = {*SCHEDULED, "open_interest_backfill"}
STAGES = ["plan", "extract", "validate", "load", "settle", "report"]


@pytest.fixture(scope="session")
def bag() -> DagBag:
    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(params=sorted(ALL))
def dag(bag: DagBag, request: pytest.FixtureRequest) -> DAG:
    return bag.dags[request.param]


def test_the_folder_holds_these_dags_and_every_file_imports(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == ALL


@pytest.mark.parametrize("dag_id", sorted(SCHEDULED))
def test_the_schedule_always_gives_data_intervals(bag: DagBag, dag_id: str) -> None:
    timetable = bag.dags[dag_id].timetable

    assert isinstance(timetable, CronDataIntervalTimetable)
    assert timetable.expression == SCHEDULED[dag_id]
    assert str(timetable.timezone) == "UTC"


def test_missed_time_is_healed_by_the_plan_and_not_by_airflow(dag: DAG) -> None:
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.start_date is not None


def test_the_module_docstring_is_the_runbook(dag: DAG) -> None:
    runbook = dag.doc_md or ""

    for part in ("What it does", "What it costs", "When it fails", "How to re-run", "Where things are"):
        assert f"**{part}" in runbook
    for error in ("wait", "retry", "stop_series", "stop_run", "settings"):
        assert f"- **{error}** (" in runbook
    assert {"open interest", "kwery"} <= dag.tags


def test_a_dag_file_is_a_table_of_contents() -> None:
    for file in sorted(Path(ROOT / "dags").glob("*.py")):
        assert len(file.read_text().splitlines()) <= 70, f"{file.name} has grown: move tasks to plugins/oi_airflow"


def test_the_stages_follow_one_another(dag: DAG) -> None:
    order = [task.task_id for task in dag.topological_sort() if task.task_id in STAGES]

    assert order == STAGES


def test_every_task_leaves_one_value_and_not_each_key_of_it_too(dag: DAG) -> None:
    for task in dag.tasks:
        assert not getattr(task, "multiple_outputs", False), task.task_id


def test_every_task_has_a_time_limit_and_the_retry_policy(dag: DAG) -> None:
    for task in dag.tasks:
        assert task.execution_timeout is not None, task.task_id
        assert isinstance(task.retry_policy, KweryRetryPolicy), task.task_id
        assert task.retries == (2 if task.task_id == "report" else 3), task.task_id
        assert task.weight_rule == f"{LiveFirst.__module__}.{LiveFirst.__name__}", task.task_id


def test_reading_shares_the_api_and_publishing_is_one_run_at_a_time(dag: DAG) -> None:
    pools = {task.task_id: task.pool for task in dag.tasks if task.pool in POOLS}

    in_warehouse = {"validate", "load", "settle", "check_alarms", "check_marts"} & {task.task_id for task in dag.tasks}
    assert pools == {"extract": API_POOL, **dict.fromkeys(in_warehouse, WAREHOUSE_POOL)}
    assert POOLS[WAREHOUSE_POOL][0] == 1


def test_each_batch_is_named_by_what_it_reads(dag: DAG) -> None:
    extract = dag.get_task("extract")

    assert isinstance(extract, MappedOperator)
    assert extract.map_index_template == "{{ task.op_kwargs['batch']['label'] }}"


def test_what_runs_read_and_write_are_assets(dag: DAG) -> None:
    assert [asset.uri for asset in dag.get_task("extract").inlets] == ["https://kwery-api.com/v1/open-interest"]
    assert [asset.name for asset in dag.get_task("settle").outlets] == ["market_open_interest", "bi_marts"]


def test_every_dag_and_task_explains_itself(dag: DAG) -> None:
    assert dag.description
    assert [task.task_id for task in dag.tasks if not (task.doc_md or "").strip()] == []


def test_series_are_picked_from_lists(bag: DagBag) -> None:
    params = bag.dags["open_interest_backfill"].params

    assert params.get_param("sources").schema["examples"] == ["binance_futures", "hyperliquid", "kalshi"]
    assert "BTC" in params.get_param("symbols").schema["examples"]
    assert params.get_param("intervals").schema["examples"] == ["5m", "15m", "1h", "4h", "1d"]


def test_the_most_batches_there_can_be_are_far_fewer_than_airflow_maps() -> None:
    assert conf.getint("core", "max_map_length") > 10 * MOST_BATCHES


def test_what_was_paid_is_loaded_whatever_happened_before(dag: DAG) -> None:
    rules = {task.task_id: task.trigger_rule.value for task in dag.tasks if task.task_id in STAGES}

    assert {name for name, rule in rules.items() if rule == "all_done"} == {"validate", "report"}
    assert {rule for name, rule in rules.items() if name not in ("validate", "report")} == {"all_success"}


def test_nothing_is_bought_before_the_backfill_is_priced(bag: DagBag) -> None:
    backfill = bag.dags["open_interest_backfill"]

    assert backfill.get_task("plan").upstream_task_ids == {"price"}


RANGE = {"from": "2025-01-01", "to": "2026-01-01"}


def triggered(dag: DAG, conf: dict[str, object]) -> dict[str, object]:
    """The params of a run with this conf, checked as Airflow checks what the trigger form sends."""
    import open_interest_plugin  # noqa: F401 - as the web server loads it

    params = deepcopy(dag.params)
    params.update(conf)
    return params.validate()


def test_a_backfill_needs_a_range_and_nothing_else(bag: DagBag) -> None:
    backfill = bag.dags["open_interest_backfill"]

    for lacking in ({}, {"from": "2025-01-01"}, {"to": "2026-01-01"}):
        with pytest.raises(ParamValidationError):
            triggered(backfill, lacking)
    assert triggered(backfill, RANGE) == RANGE | {
        "symbols": None,
        "sources": None,
        "intervals": ["5m", "15m", "1h", "4h", "1d"],
        "order": "newest_first",
        "max_credits": None,
        "max_minutes": None,
        "reread": False,
        "dry_run": False,
        "lane": "backfill",
    }


WRONG = [
    ("from", "yesterday!!"),
    ("from", ""),
    ("from", "2025-13-01"),
    ("from", "2025-02-30"),
    ("from", "01.01.2025"),
    ("to", "2026-01-01T25:00:00Z"),
    ("to", "2026-01-01; DROP"),
    ("to", None),
    ("symbols", [""]),
    ("symbols", "BTC"),
    ("sources", ["nyse"]),
    ("intervals", ["2h"]),
    ("intervals", []),
    ("order", "cheapest"),
    ("max_credits", -1),
    ("max_credits", 1.5),
    ("max_minutes", 0),
    ("reread", "yes"),
    ("dry_run", "yes"),
    ("lane", "hourly"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_the_form_refuses_what_cannot_be_read(bag: DagBag, name: str, value: object) -> None:
    with pytest.raises(ParamValidationError, match=f"param {name}"):
        triggered(bag.dags["open_interest_backfill"], RANGE | {name: value})


def test_a_mistyped_instant_is_refused_with_an_example(bag: DagBag) -> None:
    with pytest.raises(ParamValidationError, match="'7 March' is not a 'time in UTC such as 2026-03-07 or "):
        triggered(bag.dags["open_interest_backfill"], RANGE | {"from": "7 March"})


@pytest.mark.parametrize(
    "instant",
    [
        "2026-02-28",
        "2026-02-28T04:00",
        "2026-02-28 04:00:00.5Z",
        "2026-02-28T04:00+02:00",
        " 20260228t0400z ",
        "2026-02-28 04:00:00,5 UTC",
        "1772251200",
        "1772251200000000000",
    ],
)
def test_the_form_takes_a_date_or_an_instant_that_the_run_can_read(dag: DAG, instant: str) -> None:
    assert triggered(dag, RANGE | {"from": instant})["from"] == instant
    assert parse_instant(instant).day == 28


@pytest.mark.parametrize("dag_id", sorted(SCHEDULED))
@pytest.mark.parametrize("nothing", [None, ""])
def test_the_form_of_a_scheduled_dag_takes_no_range_and_no_nonsense(bag: DagBag, dag_id: str, nothing: object) -> None:
    params = triggered(bag.dags[dag_id], {"from": nothing, "to": nothing})

    assert (params["from"], params["to"]) == (nothing, nothing)
    with pytest.raises(ParamValidationError, match="param from"):
        triggered(bag.dags[dag_id], {"from": "yesterday!!", "to": "today"})


def test_the_owner_is_a_link_to_where_the_settings_say(
    dag: DAG, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (dag.owner_links, dag.owner) == ({}, "market data")
    config = tmp_path / "pipeline.yaml"
    monkeypatch.setenv("OI_CONFIG", str(config))
    config.write_text("alarms: {owner_link: 'mailto:data@example.com'}")
    assert owner_links() == {"market data": "mailto:data@example.com"}
    config.write_text("alarms: {owner_link: somewhere}")
    assert owner_links() == {}
