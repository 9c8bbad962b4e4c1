"""Environment variables: which setting each overrides, and where the home and the settings file are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from include.configuration.errors import SettingsError
from include.configuration.text import control_character
from include.kwery.http.certificates import problems_with_certificates
from include.kwery.http.proxy import ProxyUnusable, proxy_for

ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "KWERY_API_KEY": ("api", "key"),
    "KWERY_BASE_URL": ("api", "base_url"),
    "KWERY_AUTH": ("api", "auth"),
    "CLICKHOUSE_HOST": ("warehouse", "host"),
    "CLICKHOUSE_PORT": ("warehouse", "port"),
    "CLICKHOUSE_USER": ("warehouse", "user"),
    "CLICKHOUSE_PASSWORD": ("warehouse", "password"),
    "CLICKHOUSE_SECURE": ("warehouse", "secure"),
    "CLICKHOUSE_CLUSTER": ("warehouse", "cluster"),
    "CLICKHOUSE_READER_USER": ("warehouse", "reader_user"),
    "CLICKHOUSE_READER_PASSWORD": ("warehouse", "reader_password"),
    "CLICKHOUSE_ADMIN_USER": ("warehouse", "admin_user"),
    "CLICKHOUSE_ADMIN_PASSWORD": ("warehouse", "admin_password"),
    "CLICKHOUSE_DATABASE": ("warehouse", "database"),
    "LEDGER_URL": ("ledger_url",),
    "OI_LEDGER_URL": ("ledger_url",),
    "OI_LANDING_URL": ("landing_url",),
    "OI_MONTHLY_CREDITS": ("budget", "monthly_credits"),
    "OI_RUN_CREDITS": ("budget", "run_credits"),
    "OI_NOTIFY_URL": ("alarms", "notify_url"),
    "OI_METRICS_TOKEN": ("alarms", "metrics_token"),
}
"""Each environment variable and the setting that it overrides, the later ones first; an empty value is not set."""
SECRETS = ("KWERY_API_KEY", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_READER_PASSWORD", "CLICKHOUSE_ADMIN_PASSWORD")
"""Settings that a file may not hold: it is shared and committed, and no process can be started without it."""
OTHER_NAMES = ("LEDGER_URL",)
"""Read as well, since people write them; pages and messages have the one with `OI_`, which wins."""


def override(data: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Puts the variables over the sections of the file; returns the problems, without the values."""
    problems = []
    for name, keys in ENVIRONMENT.items():
        value = environment.get(name)
        if not value:
            continue
        if name != "KWERY_API_KEY" and (control := control_character(value)):
            problems.append(_holds_control(name, control))
            continue
        _put(data, keys, value)
    return problems


def refuse_in_file(data: dict[str, Any]) -> list[str]:
    """Removes from the sections of the file what only the environment may set; returns the problems."""
    problems = []
    for variable in SECRETS:
        section, name = ENVIRONMENT[variable]
        found = data.get(section)
        if isinstance(found, dict) and found.get(name) is not None:
            problems.append(f"{section}.{name}: the file holds no secrets; remove it there and set {variable}")
        if isinstance(found, dict):
            found.pop(name, None)
    if data.pop("home", None) is not None:
        problems.append("home: the file cannot set it; remove it there and set OI_HOME")
    return problems


def variable_instead_of(keys: tuple[str, ...]) -> str | None:
    """The variable that alone may set the setting at `keys`; None where the file may."""
    if keys == ("home",):
        return "OI_HOME"
    return next((name for name in SECRETS if ENVIRONMENT[name] == keys), None)


def variable_of(keys: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    """The variable that the setting at `keys` came from, else the one that could set it."""
    names = [name for name, place in ENVIRONMENT.items() if place == keys]
    given = [name for name in names if environment.get(name)] or names
    return given[-1] if given else None


def folder_of(environment: Mapping[str, str], default: Path) -> Path:
    """OI_HOME as an absolute path without links. Raises SettingsError."""
    return _resolved("OI_HOME", environment.get("OI_HOME") or str(default))


def settings_file(environment: Mapping[str, str], default: Path) -> Path:
    """The settings file: OI_CONFIG, else `default`. Raises SettingsError when OI_CONFIG names none."""
    named = environment.get("OI_CONFIG")
    if not named:
        return default
    path = _resolved("OI_CONFIG", named)
    try:
        path.stat()
    except OSError as error:
        raise SettingsError(
            f"settings file {path} cannot be found ({error.strerror}); correct OI_CONFIG or remove it"
        ) from None
    return path


def network_problems(root: str, environment: Mapping[str, str]) -> list[str]:
    """What keeps the environment's proxy or certificates from serving requests to `root`, each with its variable."""
    problems: list[str] = []
    try:
        proxy_for(root, environment)
    except ProxyUnusable as error:
        problems.append(f"{error.variable}: {error}")
    except ValueError:  # the address itself is wrong, which is its own problem
        return problems
    if root.startswith("https:"):
        found = problems_with_certificates(environment)
        problems += [f"{variable}: {problem}" for variable, problem in found.items()]
    return problems


def _resolved(name: str, value: str) -> Path:
    if control := control_character(value):
        raise SettingsError(_holds_control(name, control))
    try:
        return Path(value).expanduser().resolve()
    except RuntimeError as error:  # no home folder is known, or links in a circle
        reason = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
    raise SettingsError(f"{name} {value} cannot be found ({reason}); write an absolute path")


def _holds_control(name: str, control: str) -> str:
    if control.startswith("U+DC"):  # how Python writes a byte that it cannot decode
        return f"{name} holds a byte that is not UTF-8; write it in UTF-8, or in letters without accents"
    return f"{name} holds the character {control}, as from a file with Windows line ends; write it without"


def _put(data: dict[str, Any], keys: tuple[str, ...], value: str) -> None:
    for key in keys[:-1]:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    data[keys[-1]] = value
