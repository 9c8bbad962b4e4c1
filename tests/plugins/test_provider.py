from __future__ import annotations

from importlib.metadata import entry_points

from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime


def test_the_committed_metadata_makes_the_provider_known() -> None:
    found = {point.dist.name for point in entry_points(group="apache_airflow_provider") if point.dist}

    assert "open-interest-kwery" in found


def test_airflow_knows_the_connection_type_and_its_form() -> None:
    hook = ProvidersManagerTaskRuntime().hooks["kwery"]

    assert hook is not None
    assert hook.hook_name == "Kwery"
    assert hook.connection_id_attribute_name == "kwery_conn_id"
    form = ProvidersManager().field_behaviours["kwery"]
    assert form["relabeling"] == {"password": "API key", "host": "Base URL"}
