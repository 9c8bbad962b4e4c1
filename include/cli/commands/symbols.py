"""`./oi symbols`: what the names and patterns of pipeline.yaml mean today."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.console import print_json
from include.cli.options import Json
from include.cli.settings import settings_for_a_run
from include.cli.views.symbols import print_symbols

EXAMPLES = """Examples:

\b
  ./oi symbols
  ./oi symbols --read
  ./oi symbols --json | jq '.symbols[] | select(.state != "active")'
"""

Read = Annotated[bool, typer.Option("--read", help="Read the vendor's list of symbols now; it costs no credits.")]


def symbols(json: Json = False, read: Read = False) -> None:
    """Show which symbols are wanted, and which are skipped.

    A plain name in pipeline.yaml is requested as it is. A pattern selects from the vendor's list; plans that need the
    list read it (series.listing_hours), and so does --read.
    """
    settings = settings_for_a_run()

    from include.pipeline.monitoring.symbols import symbols as symbols_of

    found = symbols_of(settings, read_list=read).to_dict()
    if json:
        print_json(found)
    else:
        print_symbols(found)
