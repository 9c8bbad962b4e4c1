"""Settings for the vendor's API, with the key taken from Airflow where Airflow has one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from include.domain.display import secrets_in, shown
from include.host.environment import PROXIES
from include.host.private_files import keep_private

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from include.settings import Settings


class KweryHook(BaseHook):
    """The connection `kwery_default` (API key, base URL) on top of `pipeline.yaml` and the environment.

    A field that the connection leaves empty, or a missing connection, falls back to KWERY_API_KEY and KWERY_BASE_URL.
    Messages about a refused key name the one of the two that was used.
    The key lives in the Settings object only (a SecretStr); it is masked in every task log (rule 7).
    """

    conn_name_attr = "kwery_conn_id"
    default_conn_name = "kwery_default"
    conn_type = "kwery"
    hook_name = "Kwery"

    def __init__(self, kwery_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.kwery_conn_id = kwery_conn_id

    def settings(self) -> Settings:
        """Everything a run needs to know. Raises SettingsError with every problem listed."""
        from include.settings import load_settings

        overrides = self._overrides()
        settings = load_settings({**os.environ, **overrides})
        if "KWERY_API_KEY" in overrides:
            api = settings.api.with_key_place(f"the connection {self.kwery_conn_id}")
            settings = settings.model_copy(update={"api": api})
        keep_private(settings.home)
        if settings.api.key:
            mask_secret(settings.api.key.get_secret_value())
        for secret in _in_urls(settings):
            mask_secret(secret)
        return settings

    def test_connection(self) -> tuple[bool, str]:
        """Asks for the account's limits, which is free; what the connection form's Test button calls.

        Without a permit: the form's key need not be the ledger's, which Airflow's web server may not reach.
        """
        from include.pipeline.vendor.client import client_of

        try:
            with client_of(self.settings()) as client:
                limits = client.limits()
        except Exception as error:
            return False, shown(error)
        return True, f"plan {limits.plan}, {limits.credits_remaining} credits remaining"

    def _overrides(self) -> dict[str, str]:
        connection = self._connection()
        if connection is None:
            return {}
        fields = {"KWERY_API_KEY": connection.password, "KWERY_BASE_URL": connection.host}
        return {name: value for name, value in fields.items() if value}

    def _connection(self) -> Connection | None:
        try:
            return self.get_connection(self.kwery_conn_id)
        except AirflowNotFoundException:
            return None


def _in_urls(settings: Settings) -> set[str]:
    """Passwords and signatures in addresses: libraries quote them in errors, which Airflow logs with their causes."""
    addresses = [settings.ledger_url, settings.landing_url, *(os.environ.get(name, "") for name in PROXIES)]
    return {secret for address in addresses for secret in secrets_in(address)}
