"""`.env`: names and values, read with the meaning that docker compose gives them; nothing in it is executed.

A line is `NAME=value`, with or without `export`. A value in single quotes is literal. In double quotes or without
quotes `$NAME`, `${NAME}` and `${NAME:-default}` are filled in, and `$$` is a dollar sign. Double quotes know the
escapes of a line end, a tab, a quote, a backslash and a dollar sign. A comment begins with `#`, at the start or after a
blank. What docker compose and a shell would read differently, such as `$(command)`, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from include.configuration.errors import SettingsError
from include.configuration.text import read_text

_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(?P<value>.*)", re.DOTALL)
_SINGLE = re.compile(r"'(?P<text>[^']*)'\s*(?:#.*)?")
_DOUBLE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_COMMENT = re.compile(r"(?:^|\s)#.*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_PART = re.compile(
    r"(?P<escape>\\.)|\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}$`]*))?\}|(?P<other>.|$))",
    re.ASCII,
)


def read_env_file(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the file sets and `environment` does not; empty when there is no file.

    A variable of `environment`, even an empty one, wins. Raises SettingsError with every problem listed.
    """
    if not path.exists() and not path.is_symlink():
        return {}
    text = read_text(path, "make it a text file that you may read, or remove it")
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            name, value = _read_line(line, {**values, **environment})
            if name in lines:
                raise ValueError(f"{name} is there already, in line {lines[name]}; keep one of the two")
        except ValueError as problem:
            problems.append(f"  line {number}: {problem}")
            continue
        lines[name], values[name] = number, value
    if problems:
        raise SettingsError(f"{len(problems)} problem(s) in {path}:\n" + "\n".join(problems))
    return {name: value for name, value in values.items() if name not in environment}


def _read_line(line: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Name and value; a ValueError never shows the value, which may be a secret."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("it is not NAME=value; a comment begins with #")
    name, written = match["name"], match["value"]
    if any(sign < " " and sign != "\t" for sign in written):
        raise ValueError(f"the value of {name} holds a control character; remove it")
    return name, _value(name, written, known)


def _value(name: str, written: str, known: Mapping[str, str]) -> str:
    if written.startswith("'"):
        return _inside(_SINGLE, name, written)
    if written.startswith('"'):
        return _filled(name, _inside(_DOUBLE, name, written), known, escapes=True)
    return _filled(name, _COMMENT.sub("", written).strip(), known, escapes=False)


def _inside(pattern: re.Pattern[str], name: str, written: str) -> str:
    match = pattern.fullmatch(written)
    if match is None or (pattern is _SINGLE and match["text"].endswith("\\")):
        raise ValueError(
            f"the value of {name} must end with its closing quote, in the same line; "
            "put a value that holds one kind of quotes into the other kind"
        )
    return match["text"]


def _filled(name: str, text: str, known: Mapping[str, str], *, escapes: bool) -> str:
    def part(match: re.Match[str]) -> str:
        if (escape := match["escape"]) is not None:
            return _unescaped(name, escape) if escapes else _backslash(name, escape)
        if match["dollar"]:
            return "$"
        variable = match["plain"] or match["name"]
        if variable is None:
            raise ValueError(f"the value of {name} holds a $ that names no variable; put the value in single quotes")
        if not known.get(variable) and match["default"] is None:
            raise ValueError(f"the value of {name} uses {variable}, which is not set; set it in a line above")
        return known.get(variable) or match["default"]

    return _PART.sub(part, text)


def _unescaped(name: str, escape: str) -> str:
    try:
        return _ESCAPES[escape[1]]
    except KeyError:
        raise ValueError(
            f"the value of {name} holds a backslash before {escape[1]!r}; put the value in single quotes"
        ) from None


def _backslash(name: str, escape: str) -> str:
    """Without quotes a backslash is itself; before a dollar sign its readers disagree."""
    if escape[1] == "$":
        raise ValueError(f"the value of {name} holds \\$ without quotes; put the value in single quotes")
    return escape
