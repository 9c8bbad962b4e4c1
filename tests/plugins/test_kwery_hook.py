from __future__ import annotations

import json

import pytest

from include.configuration.errors import SettingsError
from oi_airflow.kwery_hook import KweryHook

KEY = "kwery_test_pro_from_the_connection"


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "kwery", "password": KEY, "host": "https://gateway.example.com/kwery"}
    monkeypatch.setenv("AIRFLOW_CONN_KWERY_DEFAULT", json.dumps(fields))


@pytest.mark.usefixtures("connection")
def test_the_connection_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWERY_API_KEY", "kwery_test_pro_from_the_environment")

    api = KweryHook().settings().api

    assert api.key is not None
    assert api.key.get_secret_value() == KEY
    assert api.base_url == "https://gateway.example.com/kwery"


def test_a_field_left_empty_in_the_connection_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KWERY_DEFAULT", json.dumps({"conn_type": "kwery", "password": KEY}))
    monkeypatch.setenv("KWERY_BASE_URL", "http://127.0.0.1:8900")

    assert KweryHook().settings().api.base_url == "http://127.0.0.1:8900"


def test_without_a_connection_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWERY_API_KEY", "kwery_test_pro_from_the_environment")

    key = KweryHook().settings().api.key

    assert key is not None
    assert key.get_secret_value() == "kwery_test_pro_from_the_environment"


def test_an_unusable_connection_is_reported_like_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "kwery", "password": "short", "host": "gateway.example.com"}
    monkeypatch.setenv("AIRFLOW_CONN_KWERY_DEFAULT", json.dumps(fields))

    with pytest.raises(SettingsError, match=r"2 problem") as refused:
        KweryHook().settings()

    assert "short" not in str(refused.value)


@pytest.mark.usefixtures("connection")
def test_rule_7_the_key_does_not_show_where_settings_are_printed() -> None:
    settings = KweryHook().settings()

    assert KEY not in f"{settings!r} {settings}"


@pytest.mark.usefixtures("connection")
def test_messages_name_the_connection_where_its_key_is_used() -> None:
    assert KweryHook().settings().api.key_place == "the connection kwery_default"


def test_messages_name_the_variable_where_the_connection_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "kwery", "host": "https://gateway.example.com/kwery"}
    monkeypatch.setenv("AIRFLOW_CONN_KWERY_DEFAULT", json.dumps(fields))

    assert KweryHook().settings().api.key_place == "KWERY_API_KEY"
