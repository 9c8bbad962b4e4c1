from __future__ import annotations

import pytest

from include.host.environment import LEDGER, PROXIES, STORES, without_secrets

KEY = "kwery_live_canary"


@pytest.mark.parametrize(
    "name",
    [
        "KWERY_API_KEY", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_ADMIN_PASSWORD", "OI_NOTIFY_URL", "OI_LEDGER_URL",
        "LEDGER_URL",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD", "AIRFLOW_CONN_CLICKHOUSE", "GITHUB_TOKEN",
        "db_password",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "GOOGLE_APPLICATION_CREDENTIALS",
    ],
)  # fmt: skip
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert without_secrets({name: "canary", "PATH": "/bin"}) == {"PATH": "/bin"}


@pytest.mark.parametrize("value", ["http://user:word@proxy:3128", "https://h/p?sig=word", f"x {KEY} y"])
def test_a_secret_is_known_by_its_value(value: str) -> None:
    assert without_secrets({"MINE": value, "KWERY_API_KEY": KEY, "HOME": "/root"}) == {"HOME": "/root"}


def test_what_is_no_secret_stays() -> None:
    plain = {
        "PATH": "/bin", "PWD": "/work", "OLDPWD": "/", "LANG": "C", "OI_HOME": "/a", "CLICKHOUSE_HOST": "db",
        "TZ": "UTC",
        "SSLKEYLOGFILE": "/a", "KEYBOARD": "de", "HTTPS_PROXY": "http://proxy:3128", "OI_LANDING_URL": "s3://bucket/a",
        "KWERY_API_KEY": "",
    }  # fmt: skip
    assert without_secrets(plain) == plain


def test_what_a_process_needs_is_kept_but_never_the_key() -> None:
    needed = {
        "AWS_SECRET_ACCESS_KEY": "a",
        "GOOGLE_APPLICATION_CREDENTIALS": "b",
        "PGPASSWORD": "c",
        "ALL_PROXY": "http://u:w@p",
    }
    keep = {*STORES, *LEDGER, *PROXIES, "KWERY_API_KEY", "MINE"}
    assert without_secrets({**needed, "KWERY_API_KEY": KEY, "MINE": KEY, "CLICKHOUSE_PASSWORD": "d"}, keep) == needed
