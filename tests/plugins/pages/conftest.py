"""The pages in a web server that has nothing else in it.

Airflow is imported inside: pytest may load this file before the environment of Airflow is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from include.settings import Settings
from oi_airflow.pages import URL_PREFIX
from oi_airflow.pages.lazy_app import LazyApp

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


class Roles:
    """Stands for Airflow's auth manager, with the DAGs whose runs the user may read and those he may start."""

    def __init__(self) -> None:
        self.allowed: set[str] = set()
        self.may_start: set[str] = set()
        self.asked: list[tuple[str, str, str]] = []

    def is_authorized_dag(self, *, method: str, access_entity: object, details: object, user: object) -> bool:
        dag_id = details.id  # type: ignore[attr-defined] # what Airflow passes
        self.asked.append((method, access_entity.name, dag_id))  # type: ignore[attr-defined] # what Airflow passes
        return dag_id in (self.allowed if method == "GET" else self.may_start)


@pytest.fixture
def browser() -> TestClient:
    """Nobody is logged in."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    root = FastAPI()
    root.mount(URL_PREFIX, LazyApp())
    return TestClient(root, base_url=f"http://testserver{URL_PREFIX}")


@pytest.fixture
def roles(monkeypatch: pytest.MonkeyPatch) -> Roles:
    """A user is logged in, who may read nothing yet."""
    from airflow.api_fastapi.core_api import security

    from oi_airflow.pages.app import app

    found = Roles()
    monkeypatch.setitem(app.dependency_overrides, security.get_user, lambda: object())
    monkeypatch.setattr(security, "get_auth_manager", lambda: found)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda *_: None)
    return found


@pytest.fixture
def viewer(roles: Roles) -> Roles:
    """A user is logged in, who may read the runs of the three DAGs."""
    roles.allowed = {"open_interest_hourly", "open_interest_daily", "open_interest_backfill"}
    return roles


@pytest.fixture
def home_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], None]:
    """Makes the pages read that ledger."""

    def use(settings: Settings) -> None:
        monkeypatch.setenv("OI_HOME", str(settings.home))

    return use
