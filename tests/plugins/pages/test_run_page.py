from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from airflow.plugins_manager import get_fastapi_plugins, get_plugin_info
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.domain.market import Interval
from include.pipeline.pricing.preview import preview
from include.pipeline.run_notes import keep_plan, keep_price
from include.pipeline.scope.scope import RunSpec
from include.pipeline.steps.plan.plan import plan
from include.pipeline.steps.report.finish_run import finish_run
from include.pipeline.steps.report.run_report import report
from include.settings import Settings
from include.settings.budget import LANES, Lane
from include.simulator.server import RunningSimulator
from oi_airflow.current_run import ledger_run_id
from oi_airflow.pages.templating import render
from tests.pipeline.conftest import scope, settings, settings_for, vendor  # noqa: F401 - fixtures
from tests.plugins.pages.conftest import Roles

PLUGIN = "open_interest_pages"
RUN = {"dag_id": "open_interest_backfill", "run_id": "manual__2026-03-08T10:00:00+00:00"}


def test_the_page_of_a_run_needs_the_right_to_read_its_dag(browser: TestClient, roles: Roles) -> None:
    assert browser.get("/run", params=RUN).status_code == 403
    roles.allowed = {RUN["dag_id"]}
    assert browser.get("/run", params=RUN).status_code == 200


def test_a_person_sees_the_priced_plan_of_the_run_and_how_far_it_came(
    browser: TestClient,
    vendor: RunningSimulator,  # noqa: F811 - a fixture
    settings: Settings,  # noqa: F811 - a fixture
    home_of: Callable[[Settings], None],
    viewer: Roles,
) -> None:
    wanted = scope(settings, Interval.H1)
    run = RunSpec(ledger_run_id(**RUN), "backfill", max_credits=1_000)
    keep_price(settings, run, wanted, preview(settings, run.lane, wanted))
    plan(settings, run, wanted)
    finish_run(settings, report(settings, run, wanted))
    home_of(settings)

    answer = browser.get("/run", params=RUN)

    assert answer.status_code == 200
    compared = ("would pay 3,816: 0.070 times that", "Lower bound: 266 for 72 useful rows")
    progress = ("1 planned", "left: 1 window,")
    for seen in ("<td>BTC</td>", "266", *compared, "at most 1,000 credits", "It fits.", *progress):
        assert seen in answer.text
    assert vendor.questions == []


def test_airflow_finds_the_page_and_its_link_leads_there() -> None:
    [plugin] = [one for one in get_plugin_info(["fastapi_apps", "external_views"]) if one["name"] == PLUGIN]
    [mounted] = get_fastapi_plugins()[0]
    [link] = [one for one in plugin["external_views"] if one["destination"] == "dag_run"]
    root = FastAPI()
    root.mount(mounted["url_prefix"], mounted["app"])
    href = link["href"].format(DAG_ID=quote(RUN["dag_id"], safe=""), RUN_ID=quote(RUN["run_id"], safe=""))

    assert TestClient(root).get(f"/{href}").status_code == 401, "found, and asks who is there"


def test_a_run_unknown_to_the_ledger_is_reported() -> None:
    assert "The ledger does not know this run: " in render("run.html", run=None)


def test_what_the_vendor_or_a_person_wrote_is_shown_as_text() -> None:
    run: dict[str, Any] = {
        "priced": None,
        "requests": 0,
        "settled_credits": 0,
        "reserved_credits": 0,
        "windows": {},
        "stopped": None,
        "outcome": {"complete": False, "left": ["<script>alert(1)</script>"]},
    }

    assert "&lt;script&gt;" in render("run.html", run=run)
    assert "<script>" not in render("run.html", run=run)


def test_text_of_the_vendor_is_neither_markup_nor_turned() -> None:
    stopped = "no <b>\u202e symbol\x1b"
    figures = {"requests": 1, "settled_credits": 53, "reserved_credits": 0}
    page = render("run.html", run={"priced": None, **figures, "windows": {}, "stopped": stopped, "outcome": None})
    assert r"no &lt;b&gt;\u202e symbol\x1b" in page


@pytest.mark.parametrize("lane", LANES)
def test_a_run_that_nobody_priced_has_its_plan_on_the_page(
    lane: Lane,
    browser: TestClient,
    vendor: RunningSimulator,  # noqa: F811 - a fixture
    settings: Settings,  # noqa: F811 - a fixture
    home_of: Callable[[Settings], None],
    viewer: Roles,
) -> None:
    """A run of any of the three DAGs."""
    named = {"dag_id": f"open_interest_{lane}", "run_id": "scheduled__2026-03-08T10:05:00+00:00"}
    wanted, run = scope(settings, Interval.H1), RunSpec(ledger_run_id(**named), lane)
    keep_plan(settings, run, wanted, plan(settings, run, wanted))
    home_of(settings)

    page = browser.get("/run", params=named).text

    for seen in ("<td>BTC</td>", "266", "oldest first", "1 planned", "Not reported yet"):
        assert seen in page
    assert "It fits" not in page
