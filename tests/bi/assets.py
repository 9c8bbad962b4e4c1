"""The dashboard's files, and what each of them reads."""

from __future__ import annotations

from typing import Any

import yaml

from include.settings import ROOT

ASSETS = ROOT / "bi" / "assets"
PATHS = sorted(ASSETS.rglob("*.yaml"))
FILES = {path.relative_to(ASSETS).as_posix(): yaml.load(path.read_text(), yaml.CSafeLoader) for path in PATHS}
DATASETS = {one["uuid"]: one for name, one in FILES.items() if name.startswith("datasets/")}
CHARTS = {one["uuid"]: one for name, one in FILES.items() if name.startswith("charts/")}
[DASHBOARD] = [one for name, one in FILES.items() if name.startswith("dashboards/")]
[DATABASE] = [one for name, one in FILES.items() if name.startswith("databases/")]
PARTS = {name: part for name, part in DASHBOARD["position"].items() if isinstance(part, dict)}
"""The parts of the dashboard by their ids: tabs, rows, charts."""
PAGES = {part["meta"]["text"]: id_ for id_, part in PARTS.items() if part["type"] == "TAB"}
"""The pages' names, with their ids."""


def dataset_named(name: str) -> dict[str, Any]:
    [found] = [one for one in DATASETS.values() if one["table_name"] == name]
    return found


def charts_of(page: str) -> list[dict[str, Any]]:
    """The charts of one page, from its top."""
    placed = [part for part in PARTS.values() if part["type"] == "CHART" and PAGES[page] in part["parents"]]
    return [CHARTS[part["meta"]["uuid"]] for part in placed]


def expression_of(dataset: dict[str, Any], name: str) -> str:
    """The SQL of a metric, of a column with an expression, or of a plain column."""
    metrics = {one["metric_name"]: one["expression"] for one in dataset["metrics"]}
    columns = {one["column_name"]: one.get("expression") or f"`{one['column_name']}`" for one in dataset["columns"]}
    return str((metrics | columns)[name])
