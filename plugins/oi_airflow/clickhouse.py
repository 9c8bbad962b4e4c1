"""Airflow's connections to ClickHouse: tasks load through the official hook, so one of them decides where rows go."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from pydantic import SecretStr

    from include.pipeline.steps.settle.sync_marts import Address
    from include.settings import Settings
    from include.settings.warehouse import WarehouseSettings

CONNECTION_ID = "clickhouse_default"
READER_CONNECTION_ID = "clickhouse_reader"
"""For DAGs that only read the marts."""
SECRETS_MASKER = "airflow.sdk._shared.secrets_masker.secrets_masker"
"""The logger of Airflow's module that masks secrets."""


def _says_something(record: logging.LogRecord) -> bool:
    """The hook passes a host, a port and a user whatever the engine; the embedded one warns that it needs none."""
    return not record.getMessage().startswith("Ignoring arguments with no chdb meaning")


logging.getLogger("clickhouse_connect.driver").addFilter(_says_something)


def _is_of_a_secret(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Skipping masking for a secret as it's too short")


def expect_short_extra(settings: Settings) -> None:
    """Silences a warning of this process where the warehouse is embedded.

    Airflow masks all that a connection's extra holds, in the task and in the process that supervises it, and warns that
    the embedded engine's name is too short.
    """
    if settings.warehouse.host is None:
        logging.getLogger(SECRETS_MASKER).addFilter(_is_of_a_secret)


def open_client(settings: Settings) -> Client:
    """Opens the connection `clickhouse_default`; without one in Airflow, the warehouse that the settings name."""
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook

    expect_short_extra(settings)
    try:
        BaseHook.get_connection(CONNECTION_ID)
    except AirflowNotFoundException:
        os.environ[variable_of(CONNECTION_ID)] = json.dumps(connection_of(settings))
    return ClickHouseHook(clickhouse_conn_id=CONNECTION_ID).get_client()


def address(settings: Settings) -> Address:
    """What distinguishes the warehouse that `open_client` opens from others."""
    from include.pipeline.steps.settle.sync_marts import address_of

    if os.environ.get(variable_of(CONNECTION_ID)) == json.dumps(connection_of(settings)):
        return address_of(settings)
    try:
        found = BaseHook.get_connection(CONNECTION_ID)
    except AirflowNotFoundException:
        return address_of(settings)
    return found.host, found.port, found.schema, found.extra


def namespace(settings: Settings) -> str:
    """The warehouse that `open_client` opens, by OpenLineage's naming rules: its server, or its folder."""
    from include.warehouse import embedded_directory

    host, port, *_ = address(settings)
    return f"clickhouse://{host}:{port or 8123}" if host else f"chdb://{embedded_directory(settings)}"


def offer_reader(settings: Settings) -> None:
    """Gives this process and those it starts the connection `clickhouse_reader`, unless they have one.

    Only a server whose reader has a password in the settings has one to offer.
    """
    if settings.warehouse.host and settings.warehouse.reader_password.get_secret_value():
        os.environ.setdefault(variable_of(READER_CONNECTION_ID), json.dumps(reader_connection_of(settings)))


def connection_of(settings: Settings) -> dict[str, Any]:
    """The settings' warehouse as an Airflow connection: their server, else the embedded engine."""
    from include.warehouse import embedded_connection_extra

    warehouse = settings.warehouse
    if warehouse.host is None:
        return {"conn_type": "clickhouse", "extra": embedded_connection_extra(settings)}
    return _server_as(warehouse, warehouse.user, warehouse.password)


def reader_connection_of(settings: Settings) -> dict[str, Any]:
    """The settings' server as an Airflow connection of the user who may only read the marts."""
    warehouse = settings.warehouse
    return _server_as(warehouse, warehouse.reader_user, warehouse.reader_password)


def variable_of(connection_id: str) -> str:
    """The environment variable from which Airflow takes a connection."""
    return f"AIRFLOW_CONN_{connection_id.upper()}"


def _server_as(warehouse: WarehouseSettings, user: str, password: SecretStr) -> dict[str, Any]:
    return {
        "conn_type": "clickhouse",
        "host": warehouse.host,
        "port": warehouse.port,
        "login": user,
        "password": password.get_secret_value(),
        "extra": {"secure": warehouse.secure},
    }
