"""`./oi status`: where things stand."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.console import print_json
from include.cli.exit_codes import ExitCode
from include.cli.options import Json
from include.cli.settings import settings_for_a_run
from include.cli.views.status import print_status

EXAMPLES = """Examples:

\b
  ./oi status
  ./oi status --json | jq .credits
  ./oi status --check > /dev/null || ./oi status --json | jq .alarms
"""

Check = Annotated[bool, typer.Option("--check", help="End with 1 when an alarm of severity error is among them.")]


def status(json: Json = False, check: Check = False) -> None:
    """Show alarms, credits, coverage, open work and last runs.

    Alarms compare what is here with the section alarms of pipeline.yaml; nothing is asked of the API. With --check a
    script learns of them: 1 when one is an error, else 0.
    """
    settings = settings_for_a_run()

    from include.pipeline.monitoring.status import status as status_of

    found = status_of(settings).to_dict()
    if json:
        print_json(found)
    else:
        print_status(found)
    if check and any(alarm["severity"] == "error" for alarm in found["alarms"]):
        raise typer.Exit(ExitCode.FAILED)
