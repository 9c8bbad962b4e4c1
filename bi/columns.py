"""`python -m bi.columns`: writes the columns of each mart into its dataset, so that any Superset can import it.

`make docs` runs it. The warehouse is a fresh one. What people read, `verbose_name`, is kept; so are columns with an
expression of their own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from include.warehouse import Warehouse

DATASETS = Path(__file__).parent / "assets" / "datasets"
VENUE = {
    "column_name": "venue",
    "verbose_name": "Venue",
    "is_dttm": False,
    "type": "String",
    "groupby": True,
    "filterable": True,
    "expression": "initcap(replaceAll(source, '_', ' '))",
    "description": "The source as people write it: Binance Futures",
}


def main() -> None:
    """Rewrites each dataset whose columns differ from those of its mart, and names it."""
    from include.settings import Settings
    from include.warehouse import open_warehouse

    with tempfile.TemporaryDirectory() as home, open_warehouse(Settings(home=Path(home))) as warehouse:
        for path in sorted(DATASETS.glob("*.yaml")):
            dataset = yaml.safe_load(path.read_text())
            text = as_yaml(dataset | {"columns": columns_of(dataset, warehouse)})
            if text != path.read_text():
                path.write_text(text)
                print(f"{path.name} is rewritten", file=sys.stderr)


def columns_of(dataset: dict[str, Any], warehouse: Warehouse) -> list[dict[str, Any]]:
    """The columns of the mart, then those with an expression."""
    known = {column["column_name"]: column for column in dataset["columns"]}
    described = [tuple(map(str, row)) for row in warehouse.query_rows(f"DESCRIBE bi.{dataset['table_name']}")[1]]
    found = [_column(name, kind, comment, known.get(name)) for name, kind, _, _, comment, *_ in described]
    computed = [column for column in known.values() if column.get("expression") and column["column_name"] != "venue"]
    return [*found, *computed, *([VENUE] if any(one["column_name"] == "source" for one in found) else [])]


def as_yaml(asset: dict[str, Any]) -> str:
    """How an asset is written."""
    return yaml.safe_dump(asset, sort_keys=False, width=120, allow_unicode=True)


def _column(name: str, kind: str, comment: str, known: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "column_name": name,
        "verbose_name": known["verbose_name"] if known else None,
        "is_dttm": "Date" in kind,
        "type": kind,
        "groupby": True,
        "filterable": True,
        "description": comment,
    }


if __name__ == "__main__":
    main()
