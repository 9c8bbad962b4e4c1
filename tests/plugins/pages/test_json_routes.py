from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.domain.market import Interval
from include.pipeline.monitoring.budget import budget
from include.pipeline.monitoring.status import status
from include.settings import Settings
from oi_airflow.pages.app import app
from tests.pipeline.conftest import run_steps, scope, settings, settings_for, vendor  # noqa: F401 - fixtures
from tests.plugins.pages.conftest import Roles

PATHS = ("budget", "alarms", "coverage", "coverage/series", "gaps", "quarantine", "runs", "windows")


@pytest.fixture
def loaded(
    settings: Settings,  # noqa: F811 - a fixture
    home_of: Callable[[Settings], None],
    viewer: Roles,
) -> Settings:
    run_steps(settings, scope(settings, Interval.H1))
    home_of(settings)
    return settings


def verdict(lane: dict[str, Any]) -> str:
    """Without the credits of its forecast, which falls from second to second."""
    return re.sub(r"needs [\d,]+", "needs", lane["verdict"])


def test_the_routes_give_the_figures_of_the_command_line(browser: TestClient, loaded: Settings) -> None:
    figures = budget(loaded).to_dict()
    run = status(loaded).runs[0]

    found = browser.get("/api/budget", params={"symbols": 1}).json()
    runs = browser.get("/api/runs").json()

    assert [lane["spent"] for lane in found["lanes"]] == [lane["spent"] for lane in figures["lanes"]]
    assert list(map(verdict, found["lanes"])) == list(map(verdict, figures["lanes"]))
    assert (found["spent"], found["start"]) == (figures["spent"], "2026-03-01T00:00:00Z")
    assert [one["symbol"] for one in found["symbols"]] == ["BTC"]
    assert (runs[0]["run_id"], runs[0]["credits"], runs[0]["requests"]) == (
        run.run_id,
        run.settled_credits,
        run.requests,
    )
    assert runs[0]["credits_per_useful_row"] == pytest.approx(run.settled_credits / runs[0]["rows_new"])


def test_coverage_is_given_by_group_and_by_series(browser: TestClient, loaded: Settings) -> None:
    groups = browser.get("/api/coverage", params={"days": 4}).json()
    series = browser.get("/api/coverage/series", params={"days": 4, "source": "kalshi"}).json()

    assert groups["days"] == ["2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"]
    assert {(one["source"], one["interval"], one["series"]) for one in groups["groups"]} == {
        ("binance_futures", "1h", 1),
        ("hyperliquid", "1h", 1),
        ("kalshi", "1h", 1),
    }
    assert all(one["days"][0]["expected"] == 24 for one in groups["groups"])
    assert (series["total"], series["series"][0]["symbol"]) == (1, "BTC")


def test_quarantine_and_open_work_are_given(browser: TestClient, loaded: Settings) -> None:
    found = browser.get("/api/quarantine").json()
    work = browser.get("/api/windows", params={"lane": "hourly"}).json()

    assert found["received"] == 72
    assert found["quarantined"] == sum(one["quarantined"] for one in found["series"])
    assert (work["work"], work["states"]) == ([], {"settled": 1})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("coverage", {"days": 0}),
        ("coverage", {"interval": "2h"}),
        ("gaps", {"limit": 10_000}),
        ("gaps", {"offset": 10**20}),
        ("gaps", {"until": "2026-02-30"}),
        ("coverage/series", {"until": "0001-01-01"}),
        ("runs", {"lane": "weekly"}),
        ("runs", {"limit": "many"}),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    browser: TestClient, viewer: Roles, path: str, query: dict[str, object]
) -> None:
    assert browser.get(f"/api/{path}", params=query).status_code == 422


def test_every_route_is_documented_with_its_fields(browser: TestClient, viewer: Roles) -> None:
    schema = browser.get("/openapi.json").json()
    for path in PATHS:
        described = schema["paths"][f"/api/{path}"]["get"]
        assert described["description"]
        assert described["responses"]["200"]["content"]["application/json"]["schema"]
    assert "may_use" in schema["components"]["schemas"]["LaneAnswer"]["properties"]
    assert {f"/api/{path}" for path in PATHS} == {route.path for route in app.routes if route.path.startswith("/api/")}
