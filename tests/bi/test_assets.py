"""The dashboard's files against the marts: whatever they name is there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.settings import ROOT, Settings
from include.warehouse import Warehouse, open_warehouse
from tests import clock
from tests.warehouse.batches import Row, publish
from tests.warehouse.telling import MIDNIGHT, covered, tell

ASSETS = ROOT / "bi" / "assets"
FILES = {path.relative_to(ASSETS).as_posix(): yaml.safe_load(path.read_text()) for path in ASSETS.rglob("*.yaml")}
DATASETS = {one["uuid"]: one for name, one in FILES.items() if name.startswith("datasets/")}
CHARTS = {one["uuid"]: one for name, one in FILES.items() if name.startswith("charts/")}
[DASHBOARD] = [one for name, one in FILES.items() if name.startswith("dashboards/")]
[DATABASE] = [one for name, one in FILES.items() if name.startswith("databases/")]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_warehouse(Settings(home=tmp_path_factory.mktemp("oi_home"))) as opened:
        yield opened


def metrics_of(chart: dict[str, Any]) -> list[Any]:
    params = chart["params"]
    sort = params.get("timeseries_limit_metric")
    return [*params.get("metrics", []), *([params["metric"]] if "metric" in params else []), *([sort] if sort else [])]


def columns_of(chart: dict[str, Any]) -> set[str]:
    params = chart["params"]
    groups = params.get("groupby", [])
    filtered = [one["subject"] for one in params["adhoc_filters"] if one["expressionType"] == "SIMPLE"]
    return {*([groups] if isinstance(groups, str) else groups), *filtered, *filter(None, [params.get("x_axis")])}


def conditions_of(chart: dict[str, Any]) -> list[str]:
    return [one["sqlExpression"] for one in chart["params"]["adhoc_filters"] if one["expressionType"] == "SQL"]


def test_every_file_is_known_by_an_id_of_its_own() -> None:
    ids = [one["uuid"] for one in FILES.values() if "uuid" in one]
    assert len(ids) == len(set(ids)) == len(FILES) - 1  # all but metadata.yaml


def test_the_connection_holds_no_user_and_no_password() -> None:
    assert re.fullmatch(r"clickhousedb://[\w.]+/bi", DATABASE["sqlalchemy_uri"])
    assert not DATABASE["allow_dml"]


def test_the_dashboard_shows_every_chart_once() -> None:
    parts = [part for part in DASHBOARD["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    assert sorted(part["meta"]["uuid"] for part in parts) == sorted(CHARTS)


@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart["slice_name"])
def test_a_chart_names_columns_and_metrics_that_are_there(chart: dict[str, Any], warehouse: Warehouse) -> None:
    dataset = DATASETS[chart["dataset_uuid"]]
    described = warehouse.query_rows(f"DESCRIBE bi.{dataset['table_name']}")[1]
    made = {column["column_name"]: column["expression"] for column in dataset["columns"]}
    columns = {str(row[0]) for row in described} | made.keys()
    expressions = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    assert columns_of(chart) <= columns
    assert dataset["main_dttm_col"] in columns
    for metric in metrics_of(chart):
        expression = expressions[metric] if isinstance(metric, str) else metric["sqlExpression"]
        warehouse.query_rows(f"SELECT {expression} FROM bi.{dataset['table_name']}")
    for condition in conditions_of(chart):
        warehouse.query_rows(f"SELECT count() FROM bi.{dataset['table_name']} WHERE {condition}")
    for expression in made.values():
        warehouse.query_rows(f"SELECT {expression} FROM bi.{dataset['table_name']}")


def test_a_day_of_coverage_is_never_more_than_complete(warehouse: Warehouse) -> None:
    [dataset] = [one for one in DATASETS.values() if one["table_name"] == "coverage"]
    complete = {one["metric_name"]: one["expression"] for one in dataset["metrics"]}["complete_share"]
    publish(warehouse, "b", [Row(timestamp=MIDNIGHT + timedelta(hours=hour)) for hour in (0, 12, 13, 14)])
    tell(warehouse, [covered(MIDNIGHT, MIDNIGHT + timedelta(hours=2))])
    assert warehouse.query_rows(f"SELECT {complete} FROM bi.coverage")[1] == [(0.5,)]


def test_what_is_served_is_what_is_in_the_folder() -> None:
    assert {Path(name).parts[0] for name in FILES} == {"metadata.yaml", "databases", "datasets", "charts", "dashboards"}


def test_movers_show_a_stale_source_last(warehouse: Warehouse) -> None:
    """Sources that moved in the last 24 hours come first."""
    newest = clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    ends = {"binance_futures": (newest, 11.0), "hyperliquid": (newest - timedelta(days=2), 90.0)}
    rows = [
        Row(end - timedelta(days=day), "MOVED", source, "1h", 10.0 if day else value)
        for source, (end, value) in ends.items()
        for day in range(2)
    ]
    publish(warehouse, "movers", rows)
    [movers] = [chart for chart in CHARTS.values() if chart["slice_name"] == "24 h movers"]
    order = movers["params"]["timeseries_limit_metric"]["sqlExpression"]
    sources = "SELECT source FROM bi.open_interest_now WHERE symbol = 'MOVED' AND source != 'all' GROUP BY source"
    assert warehouse.query_rows(f"{sources} ORDER BY {order} DESC")[1] == [("binance_futures",), ("hyperliquid",)]
