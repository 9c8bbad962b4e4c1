"""`./oi status`: where things stand."""

from __future__ import annotations

from include.cli.console import print_json
from include.cli.options import Json
from include.cli.pages.status import print_status
from include.cli.settings import settings_for_a_run

EXAMPLES = """Examples:

\b
  ./oi status
  ./oi status --json | jq .credits
"""


def status(json: Json = False) -> None:
    """Show credits, coverage, freshness, open work and last runs."""
    settings = settings_for_a_run()

    from include.pipeline import status as status_of

    found = status_of(settings).to_dict()
    if json:
        print_json(found)
        return
    print_status(found)
