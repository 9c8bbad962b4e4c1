"""`./oi plan`: the price of a load, without buying."""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.console import print_json
from include.cli.options import From, Intervals, Json, LaneName, Sources, Symbols, To, read_lane
from include.cli.scope import chosen_scope
from include.cli.settings import settings_for_a_run
from include.cli.views.plan import print_plan
from include.cli.views.scenarios import print_scenarios

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
    """Show what a load would cost, without buying.

    Requests, rows and credits, beside the account's balance; the monthly cost of keeping all wanted series current, per
    lane; and the setting to change when the plan does not fit. Without --from the range is the look-back of
    pipeline.yaml. The exit code is 0 also when it does not fit: see "fits" in --json.

    With --compare it shows other interval sets, less frequent runs, and intervals derived from 5m instead of bought,
    side by side: credits a month, the age of rows, what fits the account (or each of the vendor's plans while the
    account is unknown), and the settings of each.
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
        raise typer.BadParameter("--compare uses what pipeline.yaml wants; omit range, symbols, sources and intervals")
    settings = settings_for_a_run()

    from include.pipeline.pricing.scenarios import compare_scenarios

    found = compare_scenarios(settings).to_dict()
    if json:
        print_json(found)
        return
    print_scenarios(found)
