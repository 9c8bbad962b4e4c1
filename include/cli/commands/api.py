"""`./oi api`: the simulator of the vendor's API."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from include.cli.console import answers, say, table
from include.cli.options import free_port, read_instant

LOOPBACK = "127.0.0.1"
EXAMPLES = """Examples:

\b
  ./oi api --port 8900
  ./oi api --port 8900 --plan free --now 2026-03-08T00:00:00Z
  ./oi api --port 0 --fault rate_limit_storm=0.2 --fault cut_body=0.05
  ./oi api --markets 5000
  ./oi api --list-faults

\b
then, in another terminal:
  export KWERY_BASE_URL=http://127.0.0.1:8900 KWERY_API_KEY=kwery_test_business_me
  ./oi load --symbol BTC --from 2026-03-07 --to 2026-03-08
"""


def api(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8900,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; 0.0.0.0 inside a container.")
    ] = LOOPBACK,
    plan: Annotated[
        str, typer.Option(metavar="PLAN", help="Plan of keys that name none: free, pro or business.")
    ] = "business",
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Pin the simulator's clock to this instant (UTC).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the made-up values; the same seed gives the same values.")] = 7,
    markets: Annotated[
        int, typer.Option(metavar="N", help="Also serve N dated Kalshi markets, open for hours to months each.")
    ] = 0,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Serve the CSV files of this folder where they have rows.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=RATE", help="Fault in this share of answers; repeat for more."),
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Describe each fault and exit.")] = False,
) -> None:
    """Serve a simulator of the vendor's API, on this machine.

    It has the vendor's prices, limits and errors, and made-up values; requests are free. Any key
    kwery_test_PLAN_ANYTHING is an account of that plan. Ctrl-C stops it.
    """
    if list_faults:
        _print_faults()
        return
    pinned = read_instant(now, "--now") if now else None
    faults = dict(_fault(text) for text in fault or ())

    from include.simulator.config import SimulatorConfig
    from include.simulator.server import serve

    try:
        config = SimulatorConfig(plan=plan, now=pinned, seed=seed, markets=markets, data=data, faults=faults)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    free = free_port(host, port)
    address = f"http://{host}:{free}"
    say(f"The simulator answers at {address} until Ctrl-C. To use it, paste this in another terminal:")
    say(f"  export KWERY_BASE_URL={address} KWERY_API_KEY=kwery_test_{plan}_me")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):  # the way to end it
        serve(config, host, free, log_level="warning")


def _print_faults() -> None:
    from include.simulator.faults import describe_faults

    answers().print(table(("fault", "what it does"), describe_faults().items()))


def _fault(text: str) -> tuple[str, float]:
    name, _, rate = text.partition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not NAME=RATE, for example rate_limit_storm=0.2", param_hint="--fault"
        ) from None
