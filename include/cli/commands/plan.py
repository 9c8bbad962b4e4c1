"""`./oi plan`: what a load would ask and cost, without asking or paying."""

from __future__ import annotations

from include.cli.console import print_json
from include.cli.options import From, Intervals, Json, LaneName, Sources, Symbols, To, read_lane
from include.cli.pages.plan import print_plan
from include.cli.scope import chosen_scope
from include.cli.settings import settings_for_a_run

EXAMPLES = """Examples:

\b
  ./oi plan
  ./oi plan --from 2026-01-01 --to 2026-02-01 --symbol BTC
  ./oi plan --from 2026-03-07 --json | jq .price
"""


def plan(
    start: From = None,
    end: To = None,
    symbol: Symbols = None,
    interval: Intervals = None,
    source: Sources = None,
    lane: LaneName = "backfill",
    json: Json = False,
) -> None:
    """Show what a load would cost, without asking or paying.

    Requests, rows and credits stand beside what the account still has; below, what keeping all wanted series current
    costs a month, per lane, and which setting to change when it does not fit. Without --from it looks at the look-back
    of pipeline.yaml. Exit code 0 also when it does not fit: "fits" in --json says.
    """
    lane_name = read_lane(lane)
    settings = settings_for_a_run()
    scope = chosen_scope(settings, symbol, source, interval, start, end)

    from include.pipeline import preview

    seen = preview(settings, lane_name, scope)
    if json:
        print_json(seen.to_dict())
        return
    print_plan(seen.to_dict())
