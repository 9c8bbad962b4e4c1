"""The command line's table of contents."""

from __future__ import annotations

import sys

import typer

from include.cli.commands import (
    airflow,
    api,
    backfill,
    bi,
    budget,
    check,
    demo,
    grant,
    heal,
    ledger,
    load,
    plan,
    replay,
    sql,
    status,
    symbols,
    tables,
    trace,
)
from include.cli.exit_codes import EXIT_CODE_HELP

app = typer.Typer(
    name="oi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Boxes and colour are for people at a terminal; a pipe gets plain text.
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    epilog=EXIT_CODE_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def oi() -> None:
    """Open interest from Kwery into ClickHouse: complete, never paid for twice, never over budget.

    \b
    First steps:
      ./oi demo                            a whole day through the pipeline, without a key
      ./oi plan --from 2026-03-07          what it would cost
      ./oi load --from 2026-03-07          load it
      ./oi status                          where things stand
      ./oi sql "SELECT * FROM open_interest LIMIT 5"
    """


app.command(epilog=plan.EXAMPLES)(plan.plan)
app.command(epilog=load.EXAMPLES)(load.load)
app.command(epilog=backfill.EXAMPLES)(backfill.backfill)
app.command(epilog=heal.EXAMPLES)(heal.heal)
app.command(epilog=status.EXAMPLES)(status.status)
app.command(epilog=budget.EXAMPLES)(budget.budget)
app.command(epilog=symbols.EXAMPLES)(symbols.symbols)
app.command(epilog=sql.EXAMPLES)(sql.sql)
app.command(epilog=trace.EXAMPLES)(trace.trace)
app.command(epilog=check.EXAMPLES)(check.check)
app.command(epilog=tables.EXAMPLES)(tables.tables)
app.command(epilog=grant.EXAMPLES)(grant.grant)
app.command(epilog=replay.EXAMPLES)(replay.replay)
app.add_typer(ledger.ledger, name="ledger")
app.command(epilog=api.EXAMPLES)(api.api)
app.command(epilog=demo.EXAMPLES)(demo.demo)
app.command(epilog=airflow.EXAMPLES)(airflow.airflow)
app.command(epilog=bi.EXAMPLES)(bi.bi)
