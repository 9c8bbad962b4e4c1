"""The check of the account: whether it covers what the settings want. Free of charge."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException

from include.planning.cycle import cycle_of
from include.planning.projection import MONTH
from include.words import figure
from oi_airflow.alarms import may_fail
from oi_airflow.current_run import CurrentRun, current_run
from oi_airflow.words import bullets, log, warn

if TYPE_CHECKING:
    from include.pipeline import Preview
    from include.settings import Budget, Settings

WANT_LESS = "want fewer symbols or intervals (series), raise budget.monthly_credits if it is set, or take a larger plan"


@task(multiple_outputs=False)
def check_account() -> dict[str, Any]:
    """The account beside what a month of the settings costs; red, with advice, when they do not fit.

    A run over a range that a person or a backfill chose only says so: a year of days would turn red for one reason.
    """
    run = current_run()
    preview = preview_of(run)
    log.info("a month of what pipeline.yaml wants: %s credits", f"{month_credits(preview):,}")
    log_reconciliation(run.settings)
    problems = account_problems(preview, run.settings.budget, _billing_time(run.settings))
    if problems and may_fail():
        raise AirflowFailException("the account does not cover what is wanted.\n" + bullets(problems))
    warn(problems)
    return dict(preview.allowance.to_dict())


def _billing_time(settings: Settings) -> datetime:
    """What decides the billing cycle, by the worker's and the vendor's clock."""
    from include.ledger.clocks import clocks_now
    from include.ledger.engine import open_ledger

    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return clocks_now(connection, ledger.holder).for_billing


def log_reconciliation(settings: Settings) -> None:
    """Says how much of what the account used is this ledger's own spending."""
    from include import pipeline

    found = pipeline.reconciliation(settings)
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
        told = f"the rest of this billing cycle (until {cycle.end:%Y-%m-%d}) costs {rest:,} credits"
        left = max(0, remaining - preview.allowance.reserve)
        problems.append(f"{told} and {left:,} are left beside the reserve: {WANT_LESS}")
    return problems


def month_credits(preview: Preview) -> int:
    """What the hourly and the daily DAG together cost in a month."""
    return sum(lane.credits for lane in preview.monthly.values())


def preview_of(run: CurrentRun) -> Preview:
    """The run's price and the allowance, which it logs."""
    from include import pipeline

    preview = pipeline.preview(run.settings, run.spec.lane, run.scope)
    left = preview.allowance
    log.info(
        "account: plan %s, %s credits left, %s of them in this lane",
        *(left.plan or "unknown", figure(left.remaining), figure(left.lane_remaining)),
    )
    warn(preview.notes)
    return preview
