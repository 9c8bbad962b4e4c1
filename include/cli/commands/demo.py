"""`./oi demo`: the demonstration of `make run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from include.cli.console import say
from include.cli.exit_codes import ExitCode
from include.cli.options import MaxCredits
from include.cli.settings import settings_for_a_run
from include.domain.text import counted
from include.host.limits import AIRFLOW_ADDRESS_SPACE_KIB

if TYPE_CHECKING:
    from include.cli.demo.day import DemoDay

EXAMPLES = """Examples:

\b
  ./oi demo
  KWERY_API_KEY=kwery_live_... ./oi demo
  KWERY_API_KEY=kwery_live_... ./oi demo --max-credits 20000
"""


def demo(max_credits: MaxCredits = None) -> None:
    """Load a day through both Airflow DAGs into ClickHouse.

    Without a key it starts the simulator of the vendor's API and loads 2026-03-07, the day of the vendor's example.
    With KWERY_API_KEY it loads yesterday from the real API, shows the price first and spends at most 5,000 credits (or
    --max-credits, or OI_RUN_CREDITS). A second run costs nothing.
    """
    from include.cli.demo.dags import run_dags
    from include.cli.demo.day import demo_day
    from include.cli.views.demo import print_demo
    from include.pipeline.steps.plan.home_guard import refuse_mixed_home

    with demo_day(settings_for_a_run(AIRFLOW_ADDRESS_SPACE_KIB), max_credits) as day:
        refuse_mixed_home(day.settings())
        naive_credits = _announce(day)
        runs = run_dags(day)
    if runs.reports:
        print_demo(day, runs.reports, naive_credits)
    if runs.exit_code == ExitCode.FAILED:
        say(
            "The DAGs failed: the line FAILED above says where and why. "
            "What was paid for is kept; run it again to continue."
        )
    raise typer.Exit(runs.exit_code)


def _announce(day: DemoDay) -> int:
    """Prints the day, the vendor and the price; returns what a naive reader would pay."""
    from include.pipeline.pricing.preview import preview
    from include.pipeline.scope.scope import scope_of

    settings = day.settings()
    seen = preview(settings, "hourly", scope_of(settings, start=day.start, end=day.end))
    whom = "the simulator (no KWERY_API_KEY is set)" if day.simulated else settings.api.base_url
    say(f"Reading {day.start:%Y-%m-%d} (UTC) from {whom} into {settings.home}.")
    price = seen.price
    say(
        f"Price of what is missing: {counted(price.credits, 'credit')}, {counted(price.requests, 'request')}, "
        f"{counted(price.rows, 'row')}."
    )
    if day.max_credits is not None and price.credits > day.max_credits:
        say(
            f"That is over the cap of {day.max_credits:,} credits: as much as fits is loaded. "
            "Raise it with OI_RUN_CREDITS or ./oi demo --max-credits."
        )
    say("Both DAGs, in one process (Airflow takes some seconds to start):")
    return seen.naive_credits
