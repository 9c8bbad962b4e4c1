"""`./oi plan`: what a load would ask and cost, without asking or paying."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.console import print_json
from include.cli.options import From, Intervals, Json, LaneName, Sources, Symbols, To, read_lane
from include.cli.scope import chosen_scope
from include.cli.settings import settings_for_a_run
from include.cli.views.options import print_options
from include.cli.views.plan import print_plan

EXAMPLES = """Examples:

\b
  ./oi plan
  ./oi plan --from 2026-01-01 --to 2026-02-01 --symbol BTC
  ./oi plan --from 2026-03-07 --json | jq .price
  ./oi plan --compare
"""


def plan(
    start: From = None,
    end: To = None,
    symbol: Symbols = None,
    interval: Intervals = None,
    source: Sources = None,
    lane: LaneName = "backfill",
    compare: Annotated[bool, typer.Option("--compare", help="Compare ways to keep everything current.")] = False,
    json: Json = False,
) -> None:
    """Show what a load would cost, without asking or paying.

    Requests, rows and credits stand beside what the account still has; below, what keeping all wanted series current
    costs a month, per lane, and which setting to change when it does not fit. Without --from it looks at the look-back
    of pipeline.yaml. Exit code 0 also when it does not fit: "fits" in --json says.

    With --compare it shows other interval sets, rarer runs, and coarse intervals derived from 5m instead of bought,
    side by side: credits a month, how old rows get, what fits the account (or each of the vendor's plans while that is
    not known), and the settings that make each.
    """
    if compare:
        _compare(json, any((start, end, symbol, interval, source)))
        return
    lane_name = read_lane(lane)
    settings = settings_for_a_run()
    scope = chosen_scope(settings, symbol, source, interval, start, end)

    from include.pipeline.pricing.preview import preview

    seen = preview(settings, lane_name, scope)
    if json:
        print_json(seen.to_dict())
        return
    print_plan(seen)


def _compare(json: bool, narrowed: bool) -> None:
    if narrowed:
        raise typer.BadParameter("it compares what pipeline.yaml wants; leave out range, symbols, sources, intervals")
    settings = settings_for_a_run()

    from include.pipeline.pricing.scenarios import compare_scenarios

    found = compare_scenarios(settings).to_dict()
    if json:
        print_json(found)
        return
    print_options(found)
