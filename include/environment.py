"""The environment of a process that needs no secret: what it does not hold, nothing in it can show."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

PROXIES = frozenset(
    name for scheme in ("HTTP", "HTTPS", "ALL") for name in (f"{scheme}_PROXY", f"{scheme}_PROXY".lower())
)
STORE_CREDENTIALS = frozenset(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
"""What the landing zone on an object store is reached with; Google's and Azure's are named by a file."""
KEY = "KWERY_API_KEY"

_SECRET_NAME = re.compile(
    r"(^|_)(KEY|APIKEY|SECRETS?|TOKEN|PASSWORD|PASSWD|PASS|PWD?|CREDENTIALS?|CONN|DSN)(_|$)", re.IGNORECASE
)
_PLAIN_NAMES = frozenset(("PWD", "OLDPWD"))
_ADDRESSES = frozenset(("OI_NOTIFY_URL", "OI_LEDGER_URL", "LEDGER_URL"))
_LOGIN = re.compile(r"://[^/?#\s]*@|[?&][^=&\s]*(?:sig|signature|token|password|secret|key)[^=&\s]*=", re.IGNORECASE)


def without_secrets(environment: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """`environment` without the variables that hold a secret, by their name or by their value; `keep` names exceptions.

    The API key goes from every variable that repeats it, and cannot be kept.
    """
    key = environment.get(KEY, "")
    return {
        name: value
        for name, value in environment.items()
        if not value or (name != KEY and not (key and key in value) and (name in keep or not _is_secret(name, value)))
    }


def _is_secret(name: str, value: str) -> bool:
    named = name not in _PLAIN_NAMES and (_SECRET_NAME.search(name) or name.startswith("AIRFLOW_CONN_"))
    return bool(named or name in _ADDRESSES or _LOGIN.search(value))
