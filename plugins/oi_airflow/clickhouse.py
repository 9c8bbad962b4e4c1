"""The client that tasks load with: the official hook's, so that Airflow's connection decides where rows go."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from include.settings import Settings

CONNECTION_ID = "clickhouse_default"


def open_client(settings: Settings) -> Client:
    """Opens the connection `clickhouse_default`; without one in Airflow, the warehouse that the settings name."""
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook

    try:
        BaseHook.get_connection(CONNECTION_ID)
    except AirflowNotFoundException:
        os.environ[f"AIRFLOW_CONN_{CONNECTION_ID.upper()}"] = json.dumps(connection_of(settings))
    return ClickHouseHook(clickhouse_conn_id=CONNECTION_ID).get_client()


def connection_of(settings: Settings) -> dict[str, Any]:
    """The settings' warehouse as an Airflow connection: their server, else the embedded engine."""
    from include.warehouse import embedded_connection_extra

    warehouse = settings.warehouse
    if warehouse.host is None:
        return {"conn_type": "clickhouse", "extra": embedded_connection_extra(settings)}
    return {
        "conn_type": "clickhouse",
        "host": warehouse.host,
        "port": warehouse.port,
        "login": warehouse.user,
        "password": warehouse.password.get_secret_value(),
        "extra": {"secure": warehouse.secure},
    }
