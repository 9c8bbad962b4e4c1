"""Preview: a plan that is only looked at, with its price beside what may still be spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from include.ledger import budgets
from include.ledger.budgets import Refused
from include.ledger.coverage import coverage_of
from include.ledger.engine import open_ledger
from include.ledger.rates import rates_of, reading_time
from include.ledger.spending import reserved_by_lane
from include.ledger.standing import Standing
from include.pipeline.discovery import ask_vendor
from include.pipeline.monthly import monthly_prices
from include.pipeline.needs import Needs, packing_of, plan_notes
from include.pipeline.results import AllowanceView, FloorView, Preview, PriceView, WindowView
from include.pipeline.scope import Scope
from include.pipeline.universe import known_universe, resolved, universe_notes, wanted_series
from include.pipeline.vendor import VendorNow
from include.planning.advice import fit
from include.planning.floor import floor_of
from include.planning.plan import Plan
from include.planning.projection import naive_month, naive_price
from include.settings import Budget, Lane, Settings


def preview(settings: Settings, lane: Lane, scope: Scope, now: datetime | None = None) -> Preview:
    """What `plan` would do; writes no window and pays nothing. `now` overrides the vendor's clock."""
    with open_ledger(settings.ledger_url) as ledger:
        vendor, unread = ask_vendor(settings, ledger, scope.groups)
        with ledger.read() as connection:
            scope = resolved(connection, settings, scope)
            universe = known_universe(connection, settings)
            coverage = coverage_of(connection, scope.series)
            needs = Needs(connection, settings, lane, scope, coverage, vendor, now or vendor.now)
            planned, about_derived = needs.to_be_paid(), needs.notes()
            monthly = monthly_prices(connection, settings, vendor, universe)
            standing = budgets.standing_now(connection, settings.budget, vendor.clocks.for_billing)
            limits = budgets.limits_at(standing, lane, settings.budget, vendor.clocks.for_billing)
            allowance = _allowance(connection, standing, settings.budget, limits)
    advice = _advice(planned, limits, settings.budget)
    return Preview(
        lane=lane,
        windows=[WindowView.of(window) for window in planned.windows],
        price=PriceView.of(planned.price),
        floor=FloorView.of(floor_of(planned.useful, packing_of(settings, vendor))),
        naive_credits=naive_price(scope.series, scope.start, scope.end, settings.prices).credits,
        allowance=allowance,
        monthly=monthly,
        monthly_naive_credits=naive_month(wanted_series(universe), settings.prices).credits,
        advice=advice,
        fits=not advice,
        notes=[*unread, *universe_notes(scope.universe), *about_derived, *plan_notes(vendor, planned)],
        wall_minutes=_wall_minutes(planned, vendor),
    )


def _advice(planned: Plan, limits: Sequence[Refused], budget: Budget) -> list[str]:
    """How to make the plan fit into what each budget leaves; nothing where it fits."""
    if not planned.windows:
        return []
    left = {limit.setting: limit.available_credits for limit in limits}
    if budget.run_credits is not None:
        left["budget.run_credits (or --max-credits)"] = budget.run_credits
    return [one.text for one in fit(planned, left)]


def _allowance(connection: Connection, standing: Standing, budget: Budget, limits: Sequence[Refused]) -> AllowanceView:
    reserved = sum(reserved_by_lane(connection, standing.cycle).values())
    return AllowanceView(
        plan=standing.account.plan if standing.account else None,
        limit=budgets.allowance_of(standing, budget),
        spent=standing.cycle_spent - reserved,
        reserved=reserved,
        remaining=budgets.left_of(standing, budget),
        reserve=budgets.reserve_in(standing, budget),
        lane_remaining=max(0, min(limit.available_credits for limit in limits)) if limits else None,
    )


def _wall_minutes(planned: Plan, vendor: VendorNow) -> float | None:
    found = reading_time(rates_of(vendor.account), planned.price.requests)
    return None if found is None else found.total_seconds() / 60
