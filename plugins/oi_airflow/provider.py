"""The connection type `Kwery`, as the UI's form shows it.

Found through the committed folder `open_interest_kwery-0.1.0.dist-info` as long as PYTHONPATH names `plugins`.
"""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The metadata that Airflow asks a provider for."""
    return {
        "package-name": "open-interest-kwery",
        "name": "Kwery",
        "description": "Market data API, paid by request and row.",
        "versions": ["0.1.0"],
        "connection-types": [
            {
                "connection-type": "kwery",
                "hook-class-name": "oi_airflow.kwery_hook.KweryHook",
                "hook-name": "Kwery",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port", "login", "extra"],
                    "relabeling": {"password": "API key", "host": "Base URL"},
                    "placeholders": {"host": "https://kwery-api.com", "password": "kwery_..."},
                },
            }
        ],
    }
