"""`./oi budget`: what each lane may spend until the billing cycle ends."""

from __future__ import annotations

from include.cli.console import print_json
from include.cli.options import Json
from include.cli.settings import settings_for_a_run
from include.cli.views.budget import print_budget

EXAMPLES = """Examples:

\b
  ./oi budget
  ./oi budget --json | jq '.lanes[] | {lane, may_use, forecast}'
"""


def budget(json: Json = False) -> None:
    """Show what each lane may spend, and the burn-down.

    Spent, committed and forecast credits of the billing cycle, per lane and symbol, with the rules that divide the
    allowance. All figures come from the ledger: no request is made, and no key is needed.
    """
    settings = settings_for_a_run()

    from include.pipeline.monitoring.budget import budget as budget_of

    found = budget_of(settings).to_dict()
    if json:
        print_json(found)
        return
    print_budget(found, settings.budget)
