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
  ./oi symbols --json | jq '.symbols[] | select(.state != "alive")'
"""

Read = Annotated[bool, typer.Option("--read", help="Read the vendor's list of symbols now; it costs no credits.")]


def symbols(json: Json = False, read: Read = False) -> None:
    """Show which symbols are wanted, and which are asked no more.

    A plain name in pipeline.yaml is asked as it stands. A pattern takes what the vendor's list has; the list is read by
    each plan that needs it (series.listing_hours), or by --read.
    """
    settings = settings_for_a_run()

    from include.pipeline.monitoring.symbols import symbols as symbols_of

    found = symbols_of(settings, read_list=read).to_dict()
    if json:
        print_json(found)
    else:
        print_symbols(found)
