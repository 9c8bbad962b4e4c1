"""The data dictionary as a Markdown page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.warehouse import Described

HEAD = """# Data dictionary

Every table and column of the warehouse, as ClickHouse describes it: the marts that people read, then their
sources. Written by `make docs`. All times are UTC.
"""


def dictionary_page(tables: Sequence[Described]) -> str:
    """The whole page."""
    contents = "\n".join(f"- [`{one.name}`](#{_anchor(one.name)}): {one.comment}" for one in tables)
    return "\n".join([HEAD, contents, *(_section(one) for one in tables)])


def _section(table: Described) -> str:
    if not table.columns:  # A view with a parameter: the engine keeps no columns of it.
        columns = f"Its columns are those of `{table.name.removesuffix('_as_of')}`."
        return "\n".join(["", f"## {table.name}", "", table.comment, "", columns])
    lines = [f"| `{one.name}` | `{one.type}` | {one.comment} |" for one in table.columns]
    return "\n".join(
        ["", f"## {table.name}", "", table.comment, "", "| column | type | meaning |", "|---|---|---|", *lines]
    )


def _anchor(name: str) -> str:
    return name.replace(".", "")
