"""`./oi replay`: rebuilds the warehouse from landed pages."""

from __future__ import annotations

import typer

from include.cli.console import print_json
from include.cli.exit_codes import ExitCode
from include.cli.options import From, Json, To, read_instant
from include.cli.progress import shown_progress
from include.cli.scope import in_order
from include.cli.settings import settings_for_a_run
from include.cli.views.replay import print_left, print_replayed

EXAMPLES = """Examples:

\b
  ./oi replay
  ./oi replay --from 2026-03-07 --to 2026-03-08
"""


def replay(start: From = None, end: To = None, json: Json = False) -> None:
    """Rebuild the warehouse from landed pages.

    Use it after a change of rules or tables, or the loss of the warehouse: rows move into or out of quarantine as the
    rules now say. No request is made. With bounds, only windows that touch the range are judged again. Readers see the
    old rows until the end. A window with a damaged or missing page keeps its rows, and the exit code is 3. On a server
    loads may run meanwhile; the embedded warehouse is locked, so pause them there.
    """
    settings = settings_for_a_run()
    begin = read_instant(start, "--from") if start else None
    until = read_instant(end, "--to") if end else None
    if begin and until:
        in_order(begin, until)

    from include.pipeline.workflows.replay import replay as replay_pages

    with shown_progress(quiet=json) as progress:
        replayed = replay_pages(settings, begin, until, progress=progress)
    if json:
        print_json(replayed.to_dict())
    else:
        print_replayed(replayed.to_dict())
    print_left(replayed.to_dict())
    if replayed.left:
        raise typer.Exit(ExitCode.WORK_LEFT)
