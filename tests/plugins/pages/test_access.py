from __future__ import annotations

import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from oi_airflow.pages.access import BACKFILL_DAG, DAG_IDS
from oi_airflow.pages.app import app
from tests.plugins.pages.conftest import Roles

OPEN = {"/static"}
"""Scripts and styles hold no figures."""
READABLE = [route for route in app.routes if getattr(route, "methods", None) and route.path not in OPEN]


@pytest.mark.parametrize("path", sorted({route.path for route in READABLE}))
def test_without_a_login_nothing_is_shown(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 401


@pytest.mark.parametrize("missing", DAG_IDS)
def test_a_user_who_may_not_read_one_of_the_dags_sees_nothing(browser: TestClient, viewer: Roles, missing: str) -> None:
    viewer.allowed.remove(missing)
    for path in ("/api/budget", "/openapi.json"):
        assert browser.get(path).status_code == 403


def test_reading_is_all_that_a_page_asks_for(browser: TestClient, viewer: Roles) -> None:
    assert browser.get("/openapi.json").status_code == 200
    assert viewer.asked == [("GET", "RUN", dag_id) for dag_id in DAG_IDS]


def test_every_route_only_reads() -> None:
    assert {method for route in READABLE for method in route.methods} <= {"GET", "HEAD"}


def test_no_process_that_shows_no_page_imports_the_pages() -> None:
    code = "import sys, open_interest_pages; print([n for n in sys.modules if n.startswith('oi_airflow.pages.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="plugins", check=True)
    assert done.stdout.strip().splitlines()[-1] == "['oi_airflow.pages.lazy_app']"


def test_who_may_not_start_runs_finds_no_button(browser: TestClient, viewer: Roles) -> None:
    shown = browser.get("/trigger").text
    assert "Your role may not trigger this DAG" in shown
    assert 'type="submit"' not in shown
    viewer.may_start = {BACKFILL_DAG}
    shown = browser.get("/trigger").text
    assert "Your role may not" not in shown
    assert 'type="submit"' in shown
