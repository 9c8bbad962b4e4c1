"""One line for each validation error: the setting, its variable, the problem, the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from include.configuration.unquoted import Unquoted
from include.configuration.variables import variable_instead_of, variable_of

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
_UNKNOWN = "extra_forbidden"
"""A name that no setting has; its value is not shown, for it may be a secret under a mistyped name."""
_LONGEST = 60


def problem_lines(error: ValidationError, model: type[BaseModel], environment: Mapping[str, str]) -> list[str]:
    """One line for each problem that `error` found in values for `model`."""
    return [_line(problem, model, environment) for problem in error.errors(include_url=False)]


def _line(problem: Any, model: type[BaseModel], environment: Mapping[str, str]) -> str:
    keys = tuple(str(part) for part in problem["loc"])
    variable = variable_of(keys, environment)
    place = f"{'.'.join(keys)}{f' ({variable})' if variable else ''}: " if keys else ""
    if problem["type"] == _UNKNOWN:
        return f"{place}there is no such setting{_advice(keys, _names(model, keys[:-1]))}"
    return f"{place}{_message(problem)}{_written(problem, keys)}"


def _names(model: type[BaseModel], section: Sequence[str]) -> list[str]:
    """The settings of a section; none where it is not a section of its own, but an item of a list."""
    for name in section:
        kind = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        model = kind
    return list(model.model_fields)


def _advice(keys: tuple[str, ...], known: Sequence[str]) -> str:
    nearest = get_close_matches(keys[-1].lower(), known, n=1)
    if not nearest:
        return "; correct its name or remove it"
    if variable := variable_instead_of((*keys[:-1], nearest[0])):
        return f"; remove it and set {variable}"
    return f"; did you mean {nearest[0]}?"


def _message(problem: Any) -> str:
    if problem["type"] == "model_type":
        return "must be a section with settings in it"
    return str(problem["msg"]).removeprefix("Value error, ")  # how the library begins the sentences of others


def _written(problem: Any, keys: tuple[str, ...]) -> str:
    value = problem["input"]
    if problem["type"] == _OWN or not keys or _HIDDEN & set(keys) or not isinstance(value, str | int | float):
        return ""
    line = f" in line {value.line}" if isinstance(value, Unquoted) else ""
    shown = ascii(str(value))
    return f", not {shown if len(shown) <= _LONGEST else f'{shown[:_LONGEST]}...'}{line}"
