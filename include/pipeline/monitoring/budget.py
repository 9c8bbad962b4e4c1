"""Budget: how the allowance of a billing cycle is shared, spent and forecast; by the ledger, with no request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from include.domain.clock import DAY, Clocks, day_of
from include.ledger.credits import limits as credit_limits
from include.ledger.credits.account import renewed_between
from include.ledger.credits.spend_position import SpendPosition
from include.ledger.database.engine import open_ledger
from include.ledger.database.models.work import WindowState
from include.ledger.queries import cycle_spend, recent
from include.ledger.queries.cycle_spend import SymbolSpend
from include.ledger.work import windows
from include.ledger.work.clocks import clocks_now
from include.pipeline.pricing.preview import monthly_prices
from include.pipeline.scope.resolve_symbols import known_universe
from include.pipeline.vendor.client import VendorNow
from include.planning.credits.billing_cycle import Cycle, cycle_of
from include.planning.credits.forecast import LaneForecast, spent_by
from include.planning.credits.lanes import LIVE, Lanes, share_out
from include.planning.credits.price import price_of
from include.planning.credits.projection import MONTH
from include.settings import Settings
from include.settings.budget import LANES

Queued = Mapping[tuple[str, str], int]
"""What planned and half-read windows will still cost, by symbol and lane."""


@dataclass(frozen=True, slots=True)
class DaySpending:
    """A day of the cycle, with the credits left at its end: by this ledger, and at an even pace. None: unknown."""

    day: str
    spent: dict[str, int]
    """Credits by lane."""
    left: int | None
    even_left: int | None


@dataclass(frozen=True, slots=True)
class SymbolShare:
    """What a symbol costs in the cycle.

    `committed` is reserved for answers under way or never seen, and what its open windows will still cost.
    `forecast` continues its hourly and daily pace to the end of the cycle, and adds the open windows of backfills.
    """

    symbol: str
    credits: int
    committed: int
    share: float
    requests: int
    rows: int
    forecast: int


@dataclass(frozen=True, slots=True)
class BudgetView:
    """All amounts in credits; None where neither the settings nor the account name an allowance."""

    as_of: datetime
    start: datetime
    end: datetime
    day: int
    days: int
    allowance: int | None
    allowance_from: str
    account_plan: str | None
    account_left: int | None
    account_read_at: datetime | None
    left: int | None
    reserve: int | None
    released: int | None
    """What flowed to backfill from the shares of hourly and daily."""
    spent: int
    lanes: list[LaneForecast]
    burn_down: list[DaySpending]
    symbols: list[SymbolShare]
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and instants."""
        return asdict(self) | {"lanes": [lane.to_dict() for lane in self.lanes]}


def budget(settings: Settings, now: datetime | None = None) -> BudgetView:
    """The cycle around `now` (else around what counts of the worker's and the vendor's clock)."""
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return _view(connection, settings, now or clocks_now(connection, ledger.process_id).for_billing)


def _view(connection: Connection, settings: Settings, now: datetime) -> BudgetView:
    rules = settings.budget
    position = credit_limits.spend_position(connection, rules, now)
    cycle, account, allowance = position.cycle, position.account, credit_limits.allowance_of(position, rules)
    shared = None if allowance is None else share_out(allowance, position.spent, rules, cycle, now)
    began = min(now, max(cycle.start, recent.first_run_at(connection) or cycle.start))
    queued = _queued(connection, settings)
    return BudgetView(
        as_of=now,
        start=cycle.start,
        end=cycle.end,
        day=cycle.day(now),
        days=cycle.days,
        allowance=allowance,
        allowance_from=_allowance_from(position, settings, allowance),
        account_plan=account.plan if account else None,
        account_left=account.available_credits if account else None,
        account_read_at=account.read_at if account else None,
        left=credit_limits.left_of(position, rules),
        reserve=shared.reserve if shared else None,
        released=shared.released if shared else None,
        spent=position.cycle_spent,
        lanes=list(_lanes(connection, settings, position, shared, queued, began, now)),
        burn_down=list(_burn_down(cycle_spend.credits_by_day(connection, cycle), cycle, allowance, now)),
        symbols=_symbols(connection, cycle, queued, began, now),
        notes=list(_notes(connection, settings, position)),
    )


def _allowance_from(position: SpendPosition, settings: Settings, allowance: int | None) -> str:
    if allowance is None:
        return "unknown"
    return "budget.monthly_credits" if allowance == settings.budget.monthly_credits else "the account"


def _lanes(
    connection: Connection,
    settings: Settings,
    position: SpendPosition,
    shared: Lanes | None,
    queued: Queued,
    began: datetime,
    now: datetime,
) -> Iterator[LaneForecast]:
    reserved = cycle_spend.reserved_by_lane(connection, position.cycle)
    monthly = monthly_prices(
        connection, settings, VendorNow(position.account, Clocks(now)), known_universe(connection, settings)
    )
    for lane in LANES:
        limits = credit_limits.limits_at(position, lane, settings.budget, now)
        month = monthly[lane].price.credits if lane in LIVE else 0
        yield LaneForecast(
            lane=lane,
            live=lane in LIVE,
            share=shared.shares[lane] if shared else None,
            spent=position.spent[lane],
            reserved=reserved.get(lane, 0),
            queued=sum(credits for (_, one), credits in queued.items() if one == lane),
            kept=shared.kept.get(lane, 0) if shared else None,
            may_use=max(0, min(limit.available_credits for limit in limits)) if limits else None,
            at_pace=spent_by(position.cycle.end, position.spent[lane], began, now) if lane in LIVE else None,
            as_planned=position.spent[lane] + round(month * (position.cycle.left(now) / MONTH)) if month else None,
        )


def _queued(connection: Connection, settings: Settings) -> Queued:
    queued: dict[tuple[str, str], int] = defaultdict(int)
    for window in windows.open_windows(connection):
        if window.state in (WindowState.PLANNED, WindowState.READING):
            rows = max(0, window.expected_rows - window.rows)
            queued[window.stream.symbol, window.lane] += price_of(rows, window.limit, settings.prices).credits
    return queued


def _burn_down(
    spent: Mapping[str, dict[str, int]], cycle: Cycle, allowance: int | None, now: datetime
) -> Iterator[DaySpending]:
    left = allowance
    for number in range(cycle.day(now)):
        day = day_of(cycle.start + number * DAY)
        lanes = spent.get(day, {})
        if left is None or allowance is None:
            yield DaySpending(day, lanes, None, None)
            continue
        left -= sum(lanes.values())
        yield DaySpending(day, lanes, left, round(allowance * (1 - (number + 1) / cycle.days)))


def _symbols(connection: Connection, cycle: Cycle, queued: Queued, began: datetime, now: datetime) -> list[SymbolShare]:
    found = {(one.symbol, one.lane): one for one in cycle_spend.spend_by_symbol(connection, cycle)}
    total = sum(one.credits for one in found.values())
    by_symbol: dict[str, list[tuple[SymbolSpend, int]]] = defaultdict(list)
    for symbol, lane in dict.fromkeys((*found, *queued)):
        spent = found.get((symbol, lane)) or _nothing(symbol, lane)
        by_symbol[symbol].append((spent, queued.get((symbol, lane), 0)))
    lines = [
        SymbolShare(
            symbol=symbol,
            credits=sum(one.credits for one, _ in parts),
            committed=sum(one.reserved + waiting for one, waiting in parts),
            share=sum(one.credits for one, _ in parts) / total if total else 0.0,
            requests=sum(one.requests for one, _ in parts),
            rows=sum(one.rows for one, _ in parts),
            forecast=sum(
                spent_by(cycle.end, one.credits, began, now) if one.lane in LIVE else one.credits + waiting
                for one, waiting in parts
            ),
        )
        for symbol, parts in by_symbol.items()
    ]
    return sorted(lines, key=lambda line: (-line.credits, -line.committed, line.symbol))


def _nothing(symbol: str, lane: str) -> SymbolSpend:
    return SymbolSpend(symbol, lane, credits=0, reserved=0, requests=0, rows=0)


def _notes(connection: Connection, settings: Settings, position: SpendPosition) -> Iterator[str]:
    if position.account is None:
        yield "the account is unknown: ./oi plan with KWERY_API_KEY set reads it, free of charge"
    renewed = renewed_between(connection)
    if renewed is None:
        return
    before, after = renewed
    if cycle_of(after, settings.budget.cycle_day).start + DAY <= before:
        yield (
            f"the vendor renewed the allowance between {before:%Y-%m-%d %H:%M} and {after:%Y-%m-%d %H:%M} (UTC), and "
            f"budget.cycle_day is {settings.budget.cycle_day}: set it to the day of that"
        )
