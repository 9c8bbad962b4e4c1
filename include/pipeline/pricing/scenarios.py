"""Scenarios that keep the wanted symbols current: the price of a month, the age of rows, the settings of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from include.domain.clock import HOUR
from include.domain.market import Series
from include.kwery.plans import SOLD_PLANS
from include.ledger.credits.account import Account
from include.ledger.database.engine import open_ledger
from include.pipeline.scope.policies import freshness_of
from include.pipeline.scope.resolve_symbols import known_universe, wanted_series
from include.pipeline.vendor.symbol_list import ask_vendor
from include.planning.credits.projection import naive_month
from include.planning.credits.scenarios import PricedScenario, Scenario, best_within, cheapest_as_fresh, price_scenarios
from include.planning.windows.windows import Packing
from include.settings import Settings
from include.settings.alarms import fresh_within
from include.settings.schedule import HOURLY_INTERVALS


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan of the vendor grants: credits a month (no more than `budget.monthly_credits`), rows a page, depth."""

    plan: str
    credits: int
    limit: int
    history_days: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A month of an option in one plan, with that plan's pages."""

    credits: int
    of_allowance: float
    fits: bool
    best: bool
    """The best of those that fit: the freshest, then the one with most intervals, then the cheapest."""


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """One scenario; its ages are the worst of the finest interval's rows, counted from their timestamps."""

    intervals: list[str]
    hourly_every_hours: int | None
    """None where only the daily DAG reads."""
    derived: bool
    """True where only 5m is bought, and the other intervals are derived once they are proven equal."""
    requests: int
    rows: int
    credits: int
    newest_age_seconds: int
    final_age_seconds: int
    plans: dict[str, Share]
    settings: dict[str, Any]
    """The lines of pipeline.yaml that make it."""
    present: bool
    cheapest_as_fresh: bool


@dataclass(frozen=True, slots=True)
class ScenarioComparison:
    """The options, cheapest first, and what they are held against."""

    allowances: list[PlanTerms]
    """The account's own; the vendor's plans where that is not known."""
    options: list[ScenarioView]
    lane_shares: dict[str, float]
    """What each lane may use of the allowance; an option that fits as a whole may need other shares."""
    naive_credits: int
    """What a naive reader, each series hour by hour, pays in 30 days."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)


def compare_scenarios(settings: Settings) -> ScenarioComparison:
    """Every option for the symbols and sources that the settings want; asks the vendor's free account page only."""
    with open_ledger(settings.ledger_url) as ledger:
        vendor, _ = ask_vendor(settings, ledger, ())
        with ledger.read() as connection:
            wanted = wanted_series(known_universe(connection, settings))
    cap, present = vendor.limit(settings.api.row_cap), _present(settings)
    granted = _allowances(vendor.account, cap, settings.budget.monthly_credits)
    options = {limit: _options(settings, wanted, present, limit) for limit in {cap, *(one.limit for one in granted)}}
    shares = {one.plan: _shares(options[one.limit], one.credits) for one in granted}
    now = next(one for one in options[cap] if one.scenario == present)
    cheapest = cheapest_as_fresh(options[cap], now)
    views = [
        ScenarioView(
            intervals=[interval.value for interval in one.scenario.intervals],
            hourly_every_hours=_hours(one.scenario),
            derived=one.scenario.derived,
            requests=one.price.requests,
            rows=one.price.rows,
            credits=one.price.credits,
            newest_age_seconds=int(one.newest_age.total_seconds()),
            final_age_seconds=int(one.final_age.total_seconds()),
            plans={plan: found[one.scenario] for plan, found in shares.items()},
            settings=_lines(settings, one.scenario),
            present=one is now,
            cheapest_as_fresh=one is cheapest,
        )
        for one in options[cap]
    ]
    shared_out = {str(lane): float(share) for lane, share in settings.budget.lane_shares}
    return ScenarioComparison(granted, views, shared_out, naive_month(wanted, settings.prices).credits)


def _allowances(account: Account | None, cap: int, budget: int | None) -> list[PlanTerms]:
    if account and account.credits_limit is not None:
        known = [PlanTerms(account.plan or "your plan", account.credits_limit, cap, account.max_history_days)]
    else:
        known = [
            PlanTerms(plan.name, plan.monthly_credits, min(cap, plan.max_rows), plan.history_days)
            for plan in SOLD_PLANS
        ]
    return [replace(one, credits=min(one.credits, one.credits if budget is None else budget)) for one in known]


def _options(settings: Settings, wanted: Iterable[Series], present: Scenario, limit: int) -> list[PricedScenario]:
    streams = dict.fromkeys((series.symbol, series.source) for series in wanted)
    packing = Packing(limit, settings.plan.window_pages, settings.prices)
    return price_scenarios(streams, present, freshness_of(settings), packing, settings.series.derive_sample_buckets)


def _present(settings: Settings) -> Scenario:
    hourly_every = timedelta(hours=settings.schedule.hourly_every_hours)
    return Scenario.of(settings.series.intervals, hourly_every, settings.series.derive)


def _hours(scenario: Scenario) -> int | None:
    return None if scenario.hourly_every is None else scenario.hourly_every // HOUR


def _shares(options: Sequence[PricedScenario], credits: int) -> dict[Scenario, Share]:
    best = best_within(options, credits)

    def share(option: PricedScenario) -> Share:
        needed = option.price.credits
        return Share(needed, needed / max(1, credits), needed <= credits, option is best)

    return {one.scenario: share(one) for one in options}


def _lines(settings: Settings, scenario: Scenario) -> dict[str, Any]:
    lines: dict[str, Any] = {"series.intervals": [interval.value for interval in scenario.intervals]}
    if scenario.derived != settings.series.derive:
        lines["series.derive"] = scenario.derived
    hours = _hours(scenario)
    if hours is None:
        return lines
    lines["schedule.hourly_every_hours"] = hours
    needed = {one: fresh_within(one, hours) for one in scenario.intervals if one in HOURLY_INTERVALS}
    short = {one.value: bound for one, bound in needed.items() if settings.alarms.fresh_within[one] < bound}
    return {**lines, "alarms.fresh_within": short} if short else lines
