"""Preview: a plan with its price and with what may still be spent; nothing is bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from include.ledger.credits import limits as credit_limits
from include.ledger.credits.limits import BudgetExceeded
from include.ledger.credits.observed_charges import worst_case_of
from include.ledger.credits.rate_limit import rates_of, reading_time
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import open_ledger
from include.ledger.queries.cycle_spend import reserved_by_lane
from include.pipeline.pricing.quote import CycleAllowance, Preview
from include.pipeline.scope.derived_intervals import derived_of, stretches_of
from include.pipeline.scope.policies import freshness_of
from include.pipeline.scope.resolve_symbols import known_universe, universe_notes, wanted_series
from include.pipeline.scope.scope import Scope
from include.pipeline.steps.plan.remaining import packing_of, plan_notes, remaining_work
from include.pipeline.vendor.client import VendorNow
from include.pipeline.vendor.symbol_list import ask_vendor
from include.planning.credits.advice import fit
from include.planning.credits.lower_bound import lower_bound_of
from include.planning.credits.projection import Month, monthly_price, naive_month, naive_price
from include.planning.derived_intervals import derived_at
from include.planning.schedule import schedules
from include.planning.symbols import Universe
from include.planning.windows.plan import Plan
from include.settings import Settings
from include.settings.budget import Budget, Lane


def preview(settings: Settings, lane: Lane, scope: Scope, now: datetime | None = None) -> Preview:
    """The plan that a run of the lane would make now, priced; `now` overrides the vendor's clock."""
    with open_ledger(settings.ledger_url) as ledger:
        vendor, unread = ask_vendor(settings, ledger, scope.groups)
        with ledger.read() as connection:
            universe = known_universe(connection, settings)
            work = remaining_work(connection, settings, lane, scope, vendor, now or vendor.now)
            planned, about_derived = work.to_be_paid(), work.notes()
            monthly = monthly_prices(connection, settings, vendor, universe)
            position = credit_limits.spend_position(connection, settings.budget, vendor.clocks.for_billing)
            limits = credit_limits.limits_at(position, lane, settings.budget, vendor.clocks.for_billing)
            worst_case = worst_case_of(connection, settings.prices, vendor.clocks.for_billing)
            allowance = _allowance(connection, position, settings.budget, limits)
    packing = packing_of(settings, vendor)
    advice = _advice(planned, limits, settings.budget)
    return Preview(
        lane=lane,
        windows=planned.windows,
        price=planned.price,
        at_most_credits=sum(worst_case.chain_credits(one.expected_rows, packing.limit) for one in planned.windows),
        lower_bound=lower_bound_of(planned.useful, packing),
        naive_credits=naive_price(work.scope.series, scope.start, scope.end, settings.prices).credits,
        allowance=allowance,
        monthly=monthly,
        monthly_naive_credits=naive_month(wanted_series(universe), settings.prices).credits,
        advice=advice,
        fits=not advice,
        notes=[*unread, *universe_notes(work.scope.universe), *about_derived, *plan_notes(vendor, planned)],
        wall_minutes=_wall_minutes(planned, vendor),
    )


def _advice(planned: Plan, limits: Sequence[BudgetExceeded], budget: Budget) -> list[str]:
    """How to make the plan fit into what each budget leaves; nothing where it fits."""
    if not planned.windows:
        return []
    left = {limit.setting: limit.available_credits for limit in limits}
    if budget.run_credits is not None:
        left["budget.run_credits (--max-credits, or max_credits of a DAG run)"] = budget.run_credits
    return [one.text for one in fit(planned, left)]


def _allowance(
    connection: Connection, position: SpendPosition, budget: Budget, limits: Sequence[BudgetExceeded]
) -> CycleAllowance:
    reserved = sum(reserved_by_lane(connection, position.cycle).values())
    return CycleAllowance(
        plan=position.account.plan if position.account else None,
        limit=credit_limits.allowance_of(position, budget),
        spent=position.cycle_spent - reserved,
        reserved=reserved,
        remaining=credit_limits.left_of(position, budget),
        reserve=credit_limits.reserve_in(position, budget),
        lane_remaining=max(0, min(limit.available_credits for limit in limits)) if limits else None,
    )


def _wall_minutes(planned: Plan, vendor: VendorNow) -> float | None:
    found = reading_time(rates_of(vendor.account), planned.price.requests)
    return None if found is None else found.total_seconds() / 60


def monthly_prices(
    connection: Connection, settings: Settings, vendor: VendorNow, universe: Universe
) -> dict[str, Month]:
    """30 days by live lane, at the settings' schedule; what is derived now stays derived."""
    lanes = schedules(timedelta(hours=settings.schedule.hourly_every_hours))
    packing, freshness = packing_of(settings, vendor), freshness_of(settings)
    series = wanted_series(universe)
    derived = derived_at(stretches_of(derived_of(connection, settings, series)), vendor.now)
    return monthly_price(series, lanes, freshness, packing, derived, settings.series.derive_sample_buckets)
