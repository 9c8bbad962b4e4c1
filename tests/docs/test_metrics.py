"""docs/operating.md lists the metrics and the JSON routes that there are, and rules over metrics that exist."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from include.pipeline.monitoring.metrics import metrics
from include.settings import ROOT, Settings
from tests.docs.pages import section

PAGE = (ROOT / "docs" / "operating.md").read_text()


def test_every_metric_is_described_with_its_labels(tmp_path: Path) -> None:
    known = {one.name for one in metrics(Settings(home=tmp_path))} | {"alarms"}
    rows = re.findall(r"^\| (`.*?) \|", section(PAGE, "Metrics"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == known


def test_the_example_rules_use_metrics_that_exist(tmp_path: Path) -> None:
    known = {one.name for one in metrics(Settings(home=tmp_path))} | {"alarms"}
    scrape, rules = (
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", section(PAGE, "Metrics"), re.DOTALL)
    )
    used = {name for rule in rules["groups"][0]["rules"] for name in re.findall(r"open_interest_(\w+)", rule["expr"])}
    assert used <= known
    assert len(used) == 3
    assert scrape["scrape_configs"][0]["metrics_path"] == "/open-interest/metrics"


def test_every_json_route_is_described() -> None:
    from oi_airflow.pages.app import app

    described = set(re.findall(r"^\| `/open-interest(/api/[\w/]+)`", PAGE, re.MULTILINE))
    assert described == {route.path for route in app.routes if route.path.startswith("/api/")}
