"""`./oi tables`: describes the warehouse's tables and columns."""

from __future__ import annotations

from include.cli.console import print_json, write_text
from include.cli.options import Json
from include.cli.settings import settings_for_a_run
from include.cli.views.dictionary import dictionary_page

EXAMPLES = """Examples:

\b
  ./oi tables | less
  ./oi tables --json | jq -r '.[].name'
"""


def tables(json: Json = False) -> None:
    """Describe every table and column of the warehouse."""
    settings = settings_for_a_run()

    from dataclasses import asdict

    from include.warehouse import open_warehouse

    with open_warehouse(settings) as warehouse:
        described = warehouse.dictionary()
    if json:
        print_json([asdict(one) for one in described])
    else:
        write_text(dictionary_page(described))
