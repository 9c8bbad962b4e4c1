"""One line for each validation error: the setting, its variable, the problem, the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from include.configuration.unquoted import Unquoted
from include.configuration.variables import variable_of

_HIDDEN = {
    "key",
    "password",
    "reader_password",
    "admin_password",
    "notify_url",
    "metrics_token",
    "ledger_url",
    "landing_url",
    "base_url",
}
"""Settings whose value is a secret, or may hold one."""
_OWN = "value_error"
"""Sentences of the settings themselves, which name the value where it helps."""
_LONGEST = 60


def problem_lines(error: ValidationError, environment: Mapping[str, str]) -> list[str]:
    """One line for each problem."""
    return [_line(problem, environment) for problem in error.errors(include_url=False)]


def _line(problem: Any, environment: Mapping[str, str]) -> str:
    keys = tuple(str(part) for part in problem["loc"])
    variable = variable_of(keys, environment)
    place = f"{'.'.join(keys)}{f' ({variable})' if variable else ''}: " if keys else ""
    return f"{place}{_message(problem)}{_written(problem, keys)}"


def _message(problem: Any) -> str:
    if problem["type"] == "model_type":
        return "must be a section with settings in it"
    return str(problem["msg"])


def _written(problem: Any, keys: tuple[str, ...]) -> str:
    value = problem["input"]
    if problem["type"] == _OWN or not keys or _HIDDEN & set(keys) or not isinstance(value, str | int | float):
        return ""
    line = f" in line {value.line}" if isinstance(value, Unquoted) else ""
    shown = ascii(str(value))
    return f", not {shown if len(shown) <= _LONGEST else f'{shown[:_LONGEST]}...'}{line}"
