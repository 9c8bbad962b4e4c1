"""What a scope still needs: pure planning, with input from settings, ledger and vendor."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from include.alarms.clocks import clock_notes
from include.domain.clock import utc_now
from include.domain.market import SOURCES, Series
from include.domain.text import named
from include.domain.time_range import TimeRange
from include.ledger.credits.account import deeper_since
from include.ledger.work import runs, windows
from include.ledger.work.coverage import coverage_of
from include.ledger.work.windows import OpenWindow
from include.pipeline.scope.derived_intervals import derived_notes, derived_of, unbought
from include.pipeline.scope.open_windows import is_ours, ranges_by_series, remaining
from include.pipeline.scope.policies import freshness_of, history_start
from include.pipeline.scope.resolve_symbols import resolve_symbols
from include.pipeline.scope.scope import ResolvedScope, Scope
from include.pipeline.vendor.client import VendorNow
from include.planning.credits.price import Price
from include.planning.derived_intervals import Derived
from include.planning.symbols import with_first_rows
from include.planning.windows.coverage import Coverage, Covered, Freshness
from include.planning.windows.gap_filling import buy_with_gaps
from include.planning.windows.order import Order
from include.planning.windows.plan import Due, Parts, Plan, Wanted, buy, due_parts
from include.planning.windows.windows import Packing, PlannedWindow
from include.settings import Settings
from include.settings.budget import Lane

NEWEST_FIRST_PAGES = 3
"""A window is read from its oldest row, so only short windows buy the newest first. 3 sources fill 3 pages exactly."""
HEALED = Order.NEWEST_FIRST
"""Gaps are bought in short windows: a long one may cost more than the allowance of any run."""


@dataclass(frozen=True)
class RemainingWork:
    """A resolved scope and what is known at one moment; reads the ledger, writes nothing."""

    connection: Connection
    settings: Settings
    lane: Lane
    scope: ResolvedScope
    coverage: Coverage
    vendor: VendorNow
    now: datetime

    @cached_property
    def due(self) -> Due:
        """What the scope still needs, including what other runs are reading."""
        return due_parts(
            self.wanted,
            self._known(),
            now=self.now,
            freshness=_freshness_of_lane(self.connection, self.settings, self.lane),
            history_start=history_start(self.vendor.account, self.now),
        )

    @cached_property
    def wanted(self) -> Wanted:
        """The scope's series, each over the time in which it exists, without what is derived."""
        scope, members = self.scope, with_first_rows(self.scope.universe, self.coverage).members
        return Wanted(scope.series, scope.start, scope.end, members, self._unbought())

    def plan(self, busy: Iterable[OpenWindow], healed_credits: int = 0) -> Plan:
        """Windows for what is due and not `busy`; `healed_credits` of the healing allowance are already spent."""
        scope, taken = self.scope, ranges_by_series(busy)
        if scope.heal_before is None:
            planned = buy(self.due, taken, packing_of(self.settings, self.vendor, scope.order))
        else:
            planned = buy_with_gaps(
                self.due,
                taken,
                packing_of(self.settings, self.vendor, HEALED),
                heal_before=scope.heal_before,
                allowance_credits=max(0, self.settings.budget.heal_credits - healed_credits),
                freshness=_freshness_of_lane(self.connection, self.settings, self.lane),
            )
        return replace(planned, windows=_ordered(scope, planned.windows))

    def notes(self) -> list[str]:
        """Which series are derived, and which are bought until they are proven."""
        return derived_notes(self._derived, self.now)

    def price_beyond_depth(self) -> Price:
        """The price of what lies beyond the vendor plan's history, for a plan that has it all."""
        packing = packing_of(self.settings, replace(self.vendor, account=None), self.scope.order)
        return buy(Due(self.due.beyond_depth, {}), {}, packing).price

    def to_be_paid(self) -> Plan:
        """What the next run over the scope would pay, waiting windows included, without pages that are paid."""
        open_now = windows.open_windows(self.connection)
        return self._with_waiting(self.plan(open_now), open_now)

    def _known(self) -> Coverage:
        """What needs no request: covered time, or in a re-read what its run has read since it began."""
        if self.scope.reread_for is None:
            return self.coverage
        run = runs.run_of(self.connection, self.scope.reread_for)
        if run is None or run.reread_after_charge is None:
            return {}
        read = ranges_by_series(windows.read_by(self.connection, run.run_id, run.reread_after_charge))
        return {series: [Covered(one, self.now, "rows") for one in stretches] for series, stretches in read.items()}

    @cached_property
    def _derived(self) -> Mapping[Series, Derived]:
        return derived_of(self.connection, self.settings, self.scope.series)

    def _unbought(self) -> Mapping[Series, Sequence[TimeRange]]:
        """Derived time, without the sample that the daily lane buys."""
        sampled = self.settings.series.derive_sample_buckets if self.lane == "daily" else 0
        return unbought(self._derived, self.scope, self.coverage, freshness_of(self.settings), sampled)

    def _with_waiting(self, planned: Plan, open_now: Iterable[OpenWindow]) -> Plan:
        now, packing = utc_now(), packing_of(self.settings, self.vendor)
        waiting = [remaining(one, packing) for one in open_now if one.is_free(now) and is_ours(one, self.scope)]
        useful = Counter(planned.useful)
        for window in waiting:
            asked = [window.stream.source] if window.stream.source else SOURCES
            for source in asked:
                series = Series(window.stream.symbol, source, window.stream.interval)
                useful[series] += window.expected_rows // len(asked)
        return replace(planned, windows=_ordered(self.scope, (*waiting, *planned.windows)), useful=useful)


def remaining_work(
    connection: Connection,
    settings: Settings,
    lane: Lane,
    scope: Scope,
    vendor: VendorNow,
    now: datetime,
    as_of: datetime | None = None,
) -> RemainingWork:
    """What a scope still needs at `now`; with `as_of`, without symbols that were listed later."""
    resolved = resolve_symbols(connection, settings, scope, as_of)
    coverage = coverage_of(connection, resolved.series)
    return RemainingWork(connection, settings, lane, resolved, coverage, vendor, now)


def packing_of(settings: Settings, vendor: VendorNow, order: Order = Order.OLDEST_FIRST) -> Packing:
    """How requests are filled and priced."""
    pages = settings.plan.window_pages
    if order is Order.NEWEST_FIRST:
        pages = min(pages, NEWEST_FIRST_PAGES)
    return Packing(limit=vendor.limit(settings.api.row_cap), prices=settings.prices, window_pages=pages)


def rank(scope: Scope, window: PlannedWindow) -> tuple[object, ...]:
    """A sort key. A scope that heals keeps the order of its plan: fresh time first."""
    return scope.order.rank(window) if scope.heal_before is None else ()


def plan_notes(vendor: VendorNow, planned: Plan) -> list[str]:
    """Notes about the account and about what a plan leaves out."""
    notes = [vendor.note] if vendor.note else []
    notes += clock_notes(vendor.clocks)
    unexplained = vendor.reconciled.unexplained_credits
    if unexplained > 0:
        notes.append(
            f"the account shows {unexplained:,} credits that this ledger did not spend: another program may be using "
            "the key, or a count that lagged has caught up (./oi status has the sum of the billing cycle)"
        )
    if unexplained < 0:
        notes.append(
            f"the account shows {-unexplained:,} credits less than this ledger spent since it was last read: its count "
            "lags, nobody else is to blame, and a later reading evens it out (./oi status has the sum)"
        )
    if planned.deferred:
        credits = sum(window.credits for window in planned.deferred)
        notes.append(
            f"{len(planned.deferred):,} windows with gaps ({credits:,} credits) wait for later runs: "
            "budget.heal_credits bounds what one run spends on them"
        )
    return notes + beyond_depth(vendor, planned.beyond_depth)


def beyond_depth(vendor: VendorNow, parts: Parts) -> list[str]:
    """A sentence for each stretch that the vendor's plan does not reach, with the series that it concerns."""
    days = vendor.account.max_history_days if vendor.account else "?"
    alike: dict[TimeRange, list[str]] = defaultdict(list)
    for series, stretches in parts.items():
        if stretches:
            alike[stretches[0]].append(series.label)
    return [
        f"{named(labels)}: {stretch.label} lies beyond the plan's history ({days} days) and was not requested"
        for stretch, labels in alike.items()
    ]


def _freshness_of_lane(connection: Connection, settings: Settings, lane: Lane) -> Freshness:
    """As `freshness_of`, but empty stretches are left to the daily lane, where a day of them is one request.

    Once the vendor's plan reaches further back, any lane requests unconfirmed time again.
    """
    freshness, grown = freshness_of(settings), deeper_since(connection)
    if grown is not None:
        freshness = replace(freshness, deeper_since=grown)
    return replace(freshness, recheck_gap=timedelta.max) if lane == "hourly" else freshness


def _ordered(scope: Scope, found: Iterable[PlannedWindow]) -> tuple[PlannedWindow, ...]:
    return tuple(sorted(found, key=lambda window: rank(scope, window)))
