"""The .sql files of this room: found by name, their `{database}`-like names filled in, cut into statements.

A file in braces, as in `{open_interest/days/figures.sql}`, stands for the text of that file, which several files share.
Names in plain braces are identifiers and replaced here. Values are bound by ClickHouse itself; they carry a type,
as in `{moment:DateTime}`, and are left alone.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r"\{(\w+)\}")
_FILE = re.compile(r"\{([\w/]+\.sql)\}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@cache
def names(folder: str) -> tuple[str, ...]:
    """The files of `sql/<folder>`, by name."""
    return tuple(sorted(path.name for path in (SQL / folder).glob("*.sql")))


@cache
def read(script: str) -> str:
    """The text of `sql/<script>`, with that of the files that it shares."""
    return _FILE.sub(lambda match: read(match[1]).strip(), (SQL / script).read_text(encoding="utf-8"))


def fill(text: str, names: dict[str, str]) -> str:
    """Puts identifiers in place of `{name}`; ValueError for one that would need quoting, KeyError for one not given."""
    for name, identifier in names.items():
        if not _IDENTIFIER.fullmatch(identifier):
            raise ValueError(
                f"{name} {identifier!r} must be letters, digits and underscores, not beginning with a digit"
            )
    return _NAME.sub(lambda match: names[match[1]], text)


def statements(text: str) -> list[str]:
    """Cuts at each `;` that ends a line; lines of comment are dropped, so a `;` there does not count."""
    found: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("--"):
            continue
        if line.rstrip().endswith(";"):
            lines.append(line.rstrip()[:-1])
            found.append("\n".join(lines))
            lines = []
        else:
            lines.append(line)
    found.append("\n".join(lines))
    return [statement.strip() for statement in found if statement.strip()]
