"""`./oi status`: alarms, credits, coverage, open work."""

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

Check = Annotated[bool, typer.Option("--check", help="Exit with 1 when there is an alarm of severity error.")]


def status(json: Json = False, check: Check = False) -> None:
    """Show alarms, credits, coverage, open work and last runs.

    Alarms compare ledger and warehouse with the bounds in alarms of pipeline.yaml; no request is made. With --check the
    exit code is 1 when an alarm is an error.
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
