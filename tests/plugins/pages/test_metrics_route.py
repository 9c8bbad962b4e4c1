from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from airflow.api_fastapi.core_api import security
from fastapi.testclient import TestClient
from jwt import InvalidTokenError
from prometheus_client.parser import text_string_to_metric_families

from include.domain.market import Interval
from include.pipeline.monitoring.budget import budget
from include.settings import Settings
from oi_airflow.pages import access
from tests.pipeline.conftest import run_steps, scope, settings, settings_for, vendor  # noqa: F401 - fixtures

TOKEN = "a-word-of-prometheus-alone"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("OI_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("OI_HOME", str(tmp_path / "metrics"))
    return TOKEN


def test_prometheus_reads_the_figures_of_the_ledger(
    browser: TestClient,
    settings: Settings,  # noqa: F811 - a fixture
    token: str,
    home_of: Callable[[Settings], None],
) -> None:
    run_steps(settings, scope(settings, Interval.H1), lane="hourly")
    home_of(settings)

    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    spent = {one.labels["lane"]: one.value for one in families["open_interest_credits_spent"].samples}
    assert spent == {one.lane: one.spent for one in budget(settings).lanes}
    assert families["open_interest_requests"].type == "counter"
    assert [one.name for one in families["open_interest_requests"].samples] == ["open_interest_requests_total"] * 3
    assert {"source", "interval", "lane"} == set(families["open_interest_gap_buckets"].samples[0].labels)
    assert families["open_interest_alarms"].type == "gauge"


@pytest.fixture
def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow takes no word for the token of a login."""

    class Nobody:
        async def get_user_from_token(self, _: str) -> object:
            raise InvalidTokenError

    monkeypatch.setattr(security, "get_auth_manager", Nobody)


@pytest.mark.parametrize("word", ["", "wrong", TOKEN[:-1], f"{TOKEN}x", "é"])
def test_a_wrong_word_is_refused(browser: TestClient, token: str, no_login: None, word: str) -> None:
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {word}".encode()})
    assert answer.status_code in (401, 403)


def test_the_word_opens_nothing_else(browser: TestClient, token: str, no_login: None) -> None:
    assert browser.get("/api/budget", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_without_a_word_set_an_empty_one_is_refused(
    browser: TestClient, no_login: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OI_HOME", str(tmp_path))
    monkeypatch.delenv("OI_METRICS_TOKEN", raising=False)
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert browser.get("/metrics", headers=headers).status_code in (401, 403)


def test_a_person_who_may_read_the_pages_may_read_the_metrics(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def somebody(*_: object) -> object:
        return object()

    monkeypatch.setenv("OI_HOME", str(tmp_path))
    monkeypatch.setattr("oi_airflow.pages.metrics_route.get_user", somebody)
    monkeypatch.setattr(access, "may_read", lambda *_: None)
    assert browser.get("/metrics").status_code == 200


def test_a_short_word_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch, browser: TestClient) -> None:
    monkeypatch.setenv("OI_METRICS_TOKEN", "short-word")
    answer = browser.get("/metrics")
    assert (answer.status_code, "at least 16" in answer.text, "short-word" in answer.text) == (503, True, False)
