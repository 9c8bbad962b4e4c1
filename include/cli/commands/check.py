"""`./oi check`: checks that the marts are consistent."""

from __future__ import annotations

import typer

from include.cli.console import print_json, say
from include.cli.exit_codes import ExitCode
from include.cli.options import Json
from include.cli.settings import settings_for_a_run

EXAMPLES = """Examples:

\b
  ./oi check
  ./oi check --json | jq -r '.problems[]'
"""


def check(json: Json = False) -> None:
    """Check that the marts of the warehouse can be right.

    Finds keys shown twice, sums that do not add up, rows that were received and are nowhere. Ends with 1 when something
    cannot be right; each line says what and what to do.
    """
    settings = settings_for_a_run()

    from include.pipeline.monitoring.status import check_marts

    problems = check_marts(settings)
    if json:
        print_json({"problems": problems})
    else:
        for sentence in problems or ["all checks of the marts hold"]:
            say(sentence)
    if problems:
        raise typer.Exit(ExitCode.FAILED)
