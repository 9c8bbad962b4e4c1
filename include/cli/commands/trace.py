"""`./oi trace`: where a number comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.console import print_json
from include.cli.options import Json, read_instant, read_interval, read_source
from include.cli.scope import read_symbol
from include.cli.settings import settings_for_a_run
from include.cli.views.trace import print_trace
from include.domain.clock import EPOCH, STORABLE_UNTIL, iso
from include.domain.market import Series

EXAMPLES = """Examples:

\b
  ./oi trace --symbol BTC --source binance_futures --interval 1h --at 2026-03-07T04:00Z
  ./oi trace --symbol BTC --source kalshi --interval 1d --at 2026-03-07 --json | jq .values
"""

Symbol = Annotated[str, typer.Option("--symbol", metavar="SYMBOL", help="Asset or market slug, such as BTC.")]
Source = Annotated[str, typer.Option("--source", metavar="SOURCE", help="Such as binance_futures.")]
IntervalName = Annotated[str, typer.Option("--interval", metavar="INTERVAL", help="5m, 15m, 1h, 4h or 1d.")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="Any moment of the bucket, UTC.")]


def trace(symbol: Symbol, source: Source, interval: IntervalName, at: At, json: Json = False) -> None:
    """Show where one number comes from, or why there is none.

    Every value that was ever known of the bucket, the landed page that brought it (read again and checked), the request
    that was paid for, the rules that judged it, what is proven of the bucket, and the marts that use it. No request is
    made.
    """
    series = Series(read_symbol(symbol), read_source(source), read_interval(interval))
    moment = read_instant(at, "--at")
    if not EPOCH <= moment < STORABLE_UNTIL:
        bounds = f"{iso(EPOCH)} to {iso(STORABLE_UNTIL)}"
        raise typer.BadParameter(f"{at} lies outside {bounds}, the times that a row may have", param_hint="--at")
    settings = settings_for_a_run()

    from include.pipeline.monitoring.trace import trace as trace_of

    found = trace_of(settings, series, moment).to_dict()
    if json:
        print_json(found)
    else:
        print_trace(found)
