"""The check of the account: whether it covers what the settings want. Free of charge."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

from include.domain.text import figure
from include.planning.credits.billing_cycle import cycle_of
from include.planning.credits.projection import MONTH
from oi_airflow.alarms import may_fail
from oi_airflow.current_run import CurrentRun, current_run
from oi_airflow.step import Done, step
from oi_airflow.text import bullets, log, warn

if TYPE_CHECKING:
    from include.pipeline.pricing.quote import Preview
    from include.settings import Settings
    from include.settings.budget import Budget

WANT_LESS = "want fewer symbols or intervals (series), raise budget.monthly_credits if it is set, or take a larger plan"


@step()
def check_account() -> Done:
    """Compares the account with what a month of the settings costs; red, with advice, when they do not fit.

    A run over a range that a person or a backfill chose only warns: a year of days would turn red for one reason.
    """
    run = current_run()
    preview = preview_of(run)
    log_reconciliation(run.settings)
    problems = account_problems(preview, run.settings.budget, _billing_time(run.settings))
    if problems and may_fail():
        raise AirflowFailException(
            "The account does not cover what is wanted; the load is not affected.\n" + bullets(problems)
        )
    warn(problems)
    line = f"a month of what pipeline.yaml wants costs {month_credits(preview):,} credits"
    return Done(f"{line}: {'more than there is' if problems else 'it fits'}", preview.allowance.to_dict())


def _billing_time(settings: Settings) -> datetime:
    """What decides the billing cycle, by the worker's and the vendor's clock."""
    from include.ledger.database.engine import open_ledger
    from include.ledger.work.clocks import clocks_now

    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return clocks_now(connection, ledger.process_id).for_billing


def log_reconciliation(settings: Settings) -> None:
    """Logs how much of what the account used is this ledger's own spending."""
    from include.pipeline.monitoring.status import reconciliation

    found = reconciliation(settings)
    if found is not None:
        log.info(
            "account since %s: %s credits used, %s by this ledger (%s of them found lost in crashes), %s unexplained",
            *(f"{found.since:%Y-%m-%d %H:%M} UTC", f"{found.account_used:,}", f"{found.ledger_settled:,}"),
            *(f"{found.lost_settled:,}", f"{found.unexplained:,}"),
        )


def account_problems(preview: Preview, budget: Budget, now: datetime) -> list[str]:
    """What the account lacks: for any month, or for the rest of this billing cycle. Unknown figures are not judged."""
    month, limit, remaining = month_credits(preview), preview.allowance.limit, preview.allowance.remaining
    cycle = cycle_of(now, budget.cycle_day)
    rest = round(month * (cycle.left(now) / MONTH))
    problems = []
    if limit is not None and month > limit:
        problems.append(f"a month costs {month:,} credits and the allowance is {limit:,}: {WANT_LESS}")
    if remaining is not None and rest > remaining - preview.allowance.reserve:
        until = f"the rest of this billing cycle (until {cycle.end:%Y-%m-%d}) costs {rest:,} credits"
        left = max(0, remaining - preview.allowance.reserve)
        problems.append(f"{until} and {left:,} are left beside the reserve: {WANT_LESS}")
    return problems


def month_credits(preview: Preview) -> int:
    """What the hourly and the daily DAG together cost in a month."""
    return sum(month.price.credits for month in preview.monthly.values())


def preview_of(run: CurrentRun) -> Preview:
    """The run's price and the allowance, which it logs."""
    from include.pipeline.pricing.preview import preview as preview_plan

    preview = preview_plan(run.settings, run.spec.lane, run.scope)
    left = preview.allowance
    log.info(
        "account: plan %s, %s credits left, %s of them in this lane",
        *(left.plan or "unknown", figure(left.remaining), figure(left.lane_remaining)),
    )
    warn(preview.notes)
    return preview
