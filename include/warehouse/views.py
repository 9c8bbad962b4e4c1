"""The views: one file each, `sql/views` for those of the database and `sql/marts` for the marts, which people read.

A view's current SQL is in its file and nowhere else, the comment of each column beside the column.
"""

from __future__ import annotations

import re
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from include.warehouse import scripts

if TYPE_CHECKING:
    from include.warehouse.session import Session

FOLDERS = {"database": "views", "bi": "marts"}
"""Where the views of each database are; the keys are the names in the files' braces."""
_MENTIONED = re.compile(r"\{(database|bi)\}\.(\w+)")


@cache
def in_order() -> tuple[str, ...]:
    """The files of all views, each after the files of those that it reads."""
    files = [f"{folder}/{name}" for folder in FOLDERS.values() for name in scripts.names(folder)]
    return tuple(TopologicalSorter({file: _read_by(file) & set(files) for file in files}).static_order())


def marts() -> list[str]:
    """The names of all marts."""
    return [name.removesuffix(".sql") for name in scripts.names(FOLDERS["bi"])]


def is_view(name: str) -> bool:
    """Whether a recorded name is a view's, not a numbered migration's."""
    return name.partition("/")[0] in FOLDERS.values()


def location(file: str, session: Session) -> tuple[str, str]:
    """The database and the name of the view in `file`."""
    folder, _, name = file.partition("/")
    return session.bi if folder == FOLDERS["bi"] else session.database, name.removesuffix(".sql")


def _read_by(file: str) -> set[str]:
    mentioned = {f"{FOLDERS[database]}/{name}.sql" for database, name in _MENTIONED.findall(scripts.read(file))}
    return mentioned - {file}
