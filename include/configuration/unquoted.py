"""Unquoted words of a YAML file that YAML does not read as text."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator


class Unquoted(str):
    """An unquoted scalar that YAML reads as a number, a date, or yes or no; its characters are those in the file."""

    kind: str
    line: int

    def __new__(cls, text: str, kind: str, line: int) -> Unquoted:
        made = super().__new__(cls, text)
        made.kind, made.line = kind, line
        return made


def _quoted(value: object) -> object:
    if isinstance(value, Unquoted):
        raise ValueError(f"{value} in line {value.line} means {value.kind} in YAML; quote it: '{value}'")
    return value


Text = Annotated[str, BeforeValidator(_quoted)]
"""Text that is quoted in the file where YAML would take it for a number, a date, or yes or no."""
