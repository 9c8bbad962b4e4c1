"""`./oi ledger`: maintains the record of what was requested and paid."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from include.cli.console import print_json, print_message
from include.cli.exit_codes import EXIT_CODE_HELP, ExitCode
from include.cli.options import Json
from include.cli.settings import settings_for_a_run
from include.cli.views.adoption import print_adoptable, print_adopted

if TYPE_CHECKING:
    from include.pipeline.workflows.adopt import Adoption

EXAMPLES = """Examples:

\b
  ./oi ledger adopt --dry-run
  ./oi ledger adopt --yes
"""

ledger = typer.Typer(no_args_is_help=True, epilog=EXIT_CODE_HELP)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be registered; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Register without confirmation.")]


@ledger.callback()
def about() -> None:
    """Maintain the ledger: adopt landed pages that it lacks."""


@ledger.command(epilog=EXAMPLES)
def adopt(dry_run: DryRun = False, yes: Yes = False, json: Json = False) -> None:
    """Register landed pages that the ledger lacks, so that they are not bought again.

    Use it after a ledger was lost, or restored from a copy older than the landed pages; until then runs stop. Each page
    is registered with its window, and with its charge on the day it was paid. The next ./oi load or DAG run loads them
    and does not buy their time. No request is made. From then on the landing zone belongs to this ledger: a ledger that
    used it before is refused there.
    """
    settings = settings_for_a_run()

    from include.pipeline.workflows.adopt import adopt as adopt_pages

    if not yes or dry_run:
        found = adopt_pages(settings, dry_run=True)
        if dry_run:
            _show(found, json=json, dry_run=True)
            return
        _consent(found)
    _show(adopt_pages(settings), json=json, dry_run=False)


def _show(found: Adoption, *, json: bool, dry_run: bool) -> None:
    if json:
        print_json({"dry_run": dry_run, **found.to_dict()})
    elif dry_run:
        print_adoptable(found.to_dict())
    else:
        print_adopted(found.to_dict())
    if found.in_use or found.unreadable:
        raise typer.Exit(ExitCode.WORK_LEFT)


def _consent(found: Adoption) -> None:
    """Asks for confirmation on a terminal; elsewhere `--yes` is needed, unless there is nothing to register."""
    if not (found.pages or found.repeated or found.of_another_ledger):
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("not a terminal: pass --yes to confirm", param_hint="--yes")
    print_adoptable(found.to_dict())
    if not typer.confirm("Register them?", err=True):
        print_message("Nothing was registered.")
        raise typer.Exit(ExitCode.WORK_LEFT)
