"""The environment of a process that needs no secret and therefore gets none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

PROXIES = frozenset(
    name for scheme in ("HTTP", "HTTPS", "ALL") for name in (f"{scheme}_PROXY", f"{scheme}_PROXY".lower())
)
STORES = frozenset(("AWS_", "AZURE_", "GOOGLE_", "GCS_", "S3_", "OSS_", "FSSPEC_", "ARROW_", "CLOUDSDK_"))
"""Prefixes of the variables that configure an object store for the landing zone."""
LEDGER = frozenset(("PGPASSWORD", "PGPASSFILE"))
"""What PostgreSQL's own client reads, for an OI_LEDGER_URL without a password."""
KEY = "KWERY_API_KEY"

_SECRET_NAME = re.compile(
    r"(^|_)(KEY|APIKEY|SECRETS?|TOKEN|PASSWORD|PASSWD|PASS|PWD?|CREDENTIALS?|CONN|DSN)(_|$)", re.IGNORECASE
)
_PLAIN_NAMES = frozenset(("PWD", "OLDPWD"))
_NAMED_OTHERWISE = frozenset(("OI_NOTIFY_URL", "OI_LEDGER_URL", "LEDGER_URL", *LEDGER))
_LOGIN = re.compile(r"://[^/?#\s]*@|[?&][^=&\s]*(?:sig|signature|token|password|secret|key)[^=&\s]*=", re.IGNORECASE)


def without_secrets(environment: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """`environment` without the variables that hold a secret, by their name or by their value.

    Names in `keep`, or names that begin so, stay. The API key goes from every variable that repeats it,
    and cannot be kept.
    """
    key = environment.get(KEY, "")
    kept = tuple(keep)

    def stays(name: str, value: str) -> bool:
        if not value:
            return True
        if name == KEY or (key and key in value):
            return False
        return name.startswith(kept) or not _is_secret(name, value)

    return {name: value for name, value in environment.items() if stays(name, value)}


def _is_secret(name: str, value: str) -> bool:
    named = name not in _PLAIN_NAMES and (_SECRET_NAME.search(name) or name.startswith("AIRFLOW_CONN_"))
    return bool(named or name in _NAMED_OTHERWISE or _LOGIN.search(value))
