"""The dashboard's files against the marts: whatever they name is there, and people can read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from bi.bundle import write_bundle
from bi.columns import columns_of as columns_of_mart
from bi.prepare import assets_for
from include.settings import Settings
from include.warehouse import Warehouse, open_warehouse
from tests import clock
from tests.bi.assets import (
    CHARTS,
    DASHBOARD,
    DATABASE,
    DATASETS,
    FILES,
    PAGES,
    PARTS,
    charts_of,
    expression_of,
)

SERVER = "clickhousedb://reader@db:8123/bi"
FILTERS = {one["name"]: one for one in DASHBOARD["metadata"]["native_filter_configuration"]}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, fresh_home: Callable[[Path], Path]) -> Iterator[Warehouse]:
    with open_warehouse(Settings(home=fresh_home(tmp_path_factory.mktemp("bi") / "home"))) as opened:
        yield opened


def metrics_of(chart: dict[str, Any]) -> list[str]:
    params = chart["params"]
    singles = [params.get(name) for name in ("metric", "timeseries_limit_metric", "series_limit_metric")]
    return [*params.get("metrics", []), *filter(None, singles)]


def columns_of(chart: dict[str, Any]) -> set[str]:
    params = chart["params"]
    groups = [params.get(name, []) for name in ("groupby", "groupbyRows", "groupbyColumns")]
    filtered = [one["subject"] for one in params["adhoc_filters"] if one["expressionType"] == "SIMPLE"]
    named = [name for group in groups for name in ([group] if isinstance(group, str) else group)]
    return {*named, *filtered, *filter(None, [params.get("x_axis")])}


def conditions_of(chart: dict[str, Any]) -> list[str]:
    return [one["sqlExpression"] for one in chart["params"]["adhoc_filters"] if one["expressionType"] == "SQL"]


def columns_named(dataset: dict[str, Any]) -> set[str]:
    return {column["column_name"] for column in dataset["columns"]}


def reached_by(a_filter: dict[str, Any]) -> list[dict[str, Any]]:
    """The charts in the scope of a filter."""
    scope = a_filter["scope"]
    charts = [part for part in PARTS.values() if part["type"] == "CHART"]
    inside = [part for part in charts if {*scope["rootPath"]} & {*part["parents"]}]
    return [CHARTS[part["meta"]["uuid"]] for part in inside if part["meta"]["chartId"] not in scope["excluded"]]


def titles(charts: list[dict[str, Any]]) -> set[str]:
    return {chart["slice_name"] for chart in charts}


def test_every_file_has_an_id_of_its_own() -> None:
    ids = [one["uuid"] for one in FILES.values() if "uuid" in one]
    assert len(ids) == len(set(ids)) == len(FILES) - 1  # all but metadata.yaml
    assert {Path(name).parts[0] for name in FILES} == {"metadata.yaml", "databases", "datasets", "charts", "dashboards"}


def test_the_connection_holds_no_user_and_no_password() -> None:
    assert re.fullmatch(r"clickhousedb://[\w.]+/bi", DATABASE["sqlalchemy_uri"])
    assert not DATABASE["allow_dml"]


def test_the_dashboard_shows_every_chart_once() -> None:
    parts = [part for part in PARTS.values() if part["type"] == "CHART"]
    assert sorted(part["meta"]["uuid"] for part in parts) == sorted(CHARTS)
    assert len({part["meta"]["chartId"] for part in parts}) == len(parts)
    assert sorted(id_ for page in PAGES for id_ in titles(charts_of(page))) == sorted(titles([*CHARTS.values()]))
    assert [*PAGES] == ["Open interest", "Trust", "Spend"]


def test_every_dataset_is_used() -> None:
    used = {chart["dataset_uuid"] for chart in CHARTS.values()}
    targets = {target.get("datasetUuid") for one in FILTERS.values() for target in one["targets"]}
    assert used | targets - {None} == DATASETS.keys()


def test_rows_of_charts_fill_the_grid() -> None:
    rows = [part for part in PARTS.values() if part["type"] == "ROW"]
    assert {sum(PARTS[child]["meta"]["width"] for child in row["children"]) for row in rows} == {12}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset["table_name"])
def test_a_dataset_has_the_columns_of_its_mart(dataset: dict[str, Any], warehouse: Warehouse) -> None:
    """As `make docs` writes them: names, types and descriptions."""
    assert dataset["columns"] == columns_of_mart(dataset, warehouse)


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset["table_name"])
def test_metrics_and_expressions_run(dataset: dict[str, Any], warehouse: Warehouse) -> None:
    computed = [one["column_name"] for one in dataset["columns"] if one.get("expression")]
    expressions = [expression_of(dataset, name) for name in computed]
    warehouse.query_rows(f"SELECT {', '.join(['1', *expressions])} FROM bi.{dataset['table_name']}")
    metrics = ", ".join(metric["expression"] for metric in dataset["metrics"])
    warehouse.query_rows(f"SELECT {metrics} FROM bi.{dataset['table_name']}")


@pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda chart: chart["slice_name"])
def test_a_chart_names_what_its_dataset_has(chart: dict[str, Any], warehouse: Warehouse) -> None:
    dataset = DATASETS[chart["dataset_uuid"]]
    assert columns_of(chart) <= columns_named(dataset)
    assert {*metrics_of(chart)} <= {metric["metric_name"] for metric in dataset["metrics"]}
    assert dataset["main_dttm_col"] in {*columns_named(dataset), None}
    for condition in conditions_of(chart):
        warehouse.query_rows(f"SELECT count() FROM bi.{dataset['table_name']} HAVING {condition}")


@pytest.mark.parametrize("a_filter", FILTERS.values(), ids=lambda one: one["name"])
def test_a_filter_reaches_only_charts_that_have_its_column(a_filter: dict[str, Any]) -> None:
    [target] = a_filter["targets"]
    reached = reached_by(a_filter)
    assert reached
    for chart in reached:
        if a_filter["filterType"] == "filter_time":
            operators = {one.get("operator") for one in chart["params"]["adhoc_filters"]}
            assert "TEMPORAL_RANGE" in operators, chart["slice_name"]
        else:
            assert target["column"]["name"] in columns_named(DATASETS[chart["dataset_uuid"]]), chart["slice_name"]


def test_every_chart_with_a_time_range_is_reached_by_the_filter() -> None:
    ranged = [
        chart
        for chart in CHARTS.values()
        if any(one.get("operator") == "TEMPORAL_RANGE" for one in chart["params"]["adhoc_filters"])
    ]
    assert titles(reached_by(FILTERS["Time range"])) == titles(ranged)


def test_every_chart_of_a_symbol_is_reached_by_the_filter() -> None:
    by_symbol = [chart for chart in CHARTS.values() if "symbol" in columns_named(DATASETS[chart["dataset_uuid"]])]
    assert titles(reached_by(FILTERS["Symbol"])) == titles(by_symbol) - {"Open interest by venue (coin)"}


def test_the_curve_in_coin_is_of_one_symbol() -> None:
    """Coins of several cannot be added up; the largest one is chosen at first."""
    coin = FILTERS["Coin"]
    assert titles(reached_by(coin)) == {"Open interest by venue (coin)"}
    assert coin["controlValues"] | {"multiSelect": False, "defaultToFirstItem": True} == coin["controlValues"]
    assert (coin["sortMetric"], coin["controlValues"]["sortAscending"]) == ("total_usd", False)


def test_a_total_over_venues_is_not_filtered_by_venue() -> None:
    """It is a row of its own, which a filter by venue would remove."""
    totals = {"Open interest (USD)", "Newest row (UTC)", "Total by symbol"}
    assert not totals & titles(reached_by(FILTERS["Venue"]))


def test_curves_show_one_interval() -> None:
    """Several intervals of a series would be added up."""
    curves = FILTERS["Interval of curves"]
    assert curves["controlValues"] | {"multiSelect": False, "enableEmptyFilter": True} == curves["controlValues"]
    assert curves["defaultDataMask"]["filterState"]["value"] == ["1h"]
    added_up = {"open_interest", "open_interest_held", "source_share"}
    charts = [one for one in CHARTS.values() if DATASETS[one["dataset_uuid"]]["table_name"] in added_up]
    assert titles(reached_by(curves)) == titles(charts)


def test_a_sign_stands_before_the_number_and_the_unit_in_the_title() -> None:
    """Superset writes a currency before the sign, so none has one: $ -3M."""
    for dataset in DATASETS.values():
        for metric in dataset["metrics"]:
            label, format_ = metric["verbose_name"], metric["d3format"]
            assert "currency" not in metric
            assert label, metric["metric_name"]
            if "change_" in metric["metric_name"]:
                assert "+" in format_ or format_ == "SMART_NUMBER_SIGNED", label
            if "usd" in metric["metric_name"] or "price" in metric["metric_name"]:
                assert "USD" in label or "Credits" in label, label
    assert not [chart["slice_name"] for chart in CHARTS.values() if "currency_format" in chart["params"]]


def test_times_are_written_without_am_and_pm() -> None:
    formats = {chart["params"].get("x_axis_time_format") for chart in CHARTS.values()}
    assert formats == {None, "%Y-%m-%d", "%m-%d %H:%M"}


def test_a_bundle_holds_every_file_and_says_what_it_is(tmp_path: Path) -> None:
    write_bundle(tmp_path / "new" / "dashboard.zip")
    with ZipFile(tmp_path / "new" / "dashboard.zip") as bundle:
        assert {name.removeprefix("open_interest/") for name in bundle.namelist()} == FILES.keys()
        assert yaml.safe_load(bundle.read("open_interest/metadata.yaml"))["type"] == "Dashboard"


def test_a_dashboard_over_a_copy_says_so_and_from_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BI_COPIED_AT", "2026-03-07 04:00")
    note = yaml.load(assets_for(SERVER)["dashboards/open_interest.yaml"], yaml.CSafeLoader)["position"]["MARKDOWN-note"]
    assert "copy of the warehouse, taken 2026-03-07 04:00 UTC" in note["meta"]["code"]
    assert "`make bi`" in note["meta"]["code"]


def test_a_dashboard_over_a_server_speaks_of_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BI_COPIED_AT", raising=False)
    assert "copy" not in assets_for(SERVER)["dashboards/open_interest.yaml"]


def test_datasets_are_marts_of_the_connection() -> None:
    """None has a query of its own: what is computed belongs in a mart, which has a check."""
    read = {name: yaml.load(text, yaml.CSafeLoader) for name, text in assets_for(f"{SERVER}x").items()}
    assert {(one["schema"], one["sql"]) for name, one in read.items() if name.startswith("datasets/")} == {
        ("bix", None)
    }


@pytest.mark.parametrize(("age", "shown"), [(timedelta(days=89), "-90, day"), (timedelta(days=91), None)])
def test_a_dashboard_over_old_rows_shows_all_of_time(age: timedelta, shown: str | None) -> None:
    dashboard = yaml.load(assets_for(SERVER, clock.now() - age)["dashboards/open_interest.yaml"], yaml.CSafeLoader)
    [mask] = [
        one["defaultDataMask"]
        for one in dashboard["metadata"]["native_filter_configuration"]
        if one["filterType"] == "filter_time"
    ]
    assert (shown is None) == (mask["extraFormData"] == {} == mask["filterState"])
    assert (shown or "") in str(mask["filterState"])
