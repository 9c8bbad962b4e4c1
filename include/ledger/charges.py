"""Permission to spend: a reservation before each request, its settlement after (rules 1 and 2).

`permit` is the only door. In one transaction over all processes it checks the budgets and the plan's request rate,
reserves the worst case, and answers go, wait or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from include.ledger.account import Account, account_of
from include.ledger.engine import Ledger
from include.ledger.holder import is_dead
from include.ledger.models import Charge, ChargeState, Run, Spend
from include.ledger.runs import period_of
from include.settings import Budget

IN_FLIGHT_POLL_SECONDS = 0.05
RATE_MARGIN_SECONDS = 0.05
"""Added to the vendor's windows, since arrival there and departure here differ by the network's jitter."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request about to leave, at its worst-case cost."""

    run_id: str
    lane: str
    window_id: str
    sequence: int
    worst_credits: int


@dataclass(frozen=True, slots=True)
class Go:
    """The reservation is made; the request may leave."""

    charge_id: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again after so many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The budget does not hold the worst case; `setting` is what to change, `available_credits` what is left."""

    reason: str
    setting: str
    available_credits: int


Permit = Go | Wait | Refused


def permit(ledger: Ledger, ask: Ask, budget: Budget, now: datetime) -> Permit:
    """Decides one request: budgets first, then rate, then the reservation."""
    with ledger.write() as connection:
        account = account_of(connection)
        refusal = _over_budget(connection, ask, budget, account, now)
        if refusal is not None:
            if _others_in_flight(connection):
                return Wait(IN_FLIGHT_POLL_SECONDS, "requests in flight may settle for less than they reserved")
            return refusal
        pause = _rate_pause_seconds(connection, account, now)
        if pause > 0:
            return Wait(pause, "the plan's request rate")
        return Go(_reserve(connection, ledger.holder, ask, now))


def settle(
    connection: Connection,
    charge_id: int,
    credits: int,
    *,
    rows: int = 0,
    source: str,
    now: datetime,
    outcome: str = "page",
) -> None:
    """Replaces a reservation by what was charged; a charge already closed is left as it is (a repeat is harmless)."""
    _close(connection, charge_id, ChargeState.SETTLED, credits, rows, source, outcome, now)


def release(connection: Connection, charge_id: int, *, outcome: str, now: datetime) -> None:
    """Closes a reservation that cost nothing."""
    _close(connection, charge_id, ChargeState.RELEASED, 0, 0, None, outcome, now)


def lost(connection: Connection) -> list[Charge]:
    """Reservations whose process is gone, or whose answer was given up: nobody will settle them any more."""
    return [charge for charge in reserved(connection) if charge.outcome is not None or is_dead(charge.holder)]


def reserved(connection: Connection) -> list[Charge]:
    """All open reservations, oldest first."""
    from sqlalchemy.orm import Session

    with Session(bind=connection) as session:
        statement = select(Charge).where(Charge.state == ChargeState.RESERVED).order_by(Charge.id)
        charges = list(session.scalars(statement))
        session.expunge_all()
        return charges


def give_up(connection: Connection, charge_id: int, outcome: str) -> None:
    """Marks a reservation whose answer will never be seen; it goes on counting as spent (rule 2)."""
    connection.execute(update(Charge).where(Charge.id == charge_id).values(outcome=outcome))


def limits_of(connection: Connection, lane: str, budget: Budget, now: datetime) -> list[Refused]:
    """What each budget that is set leaves to a lane, a run's own cap aside."""
    return _limits(connection, lane, budget, account_of(connection), now)


def _over_budget(
    connection: Connection, ask: Ask, budget: Budget, account: Account | None, now: datetime
) -> Refused | None:
    limits = [*_limits(connection, ask.lane, budget, account, now), *_present(_run_limit(connection, ask))]
    tightest = min(limits, key=lambda limit: limit.available_credits, default=None)
    return tightest if tightest is not None and tightest.available_credits < ask.worst_credits else None


def _limits(connection: Connection, lane: str, budget: Budget, account: Account | None, now: datetime) -> list[Refused]:
    month = _month_limit(connection, budget, now)
    share = _lane_limit(connection, lane, budget, account, now)
    return _present(month, share, _account_limit(account))


def _present(*limits: Refused | None) -> list[Refused]:
    return [limit for limit in limits if limit is not None]


def _run_limit(connection: Connection, ask: Ask) -> Refused | None:
    row = connection.execute(
        select(Run.max_credits, Run.settled_credits, Run.reserved_credits).where(Run.run_id == ask.run_id)
    ).one()
    if row.max_credits is None:
        return None
    available = row.max_credits - row.settled_credits - row.reserved_credits
    return Refused(
        f"this run's cap of {row.max_credits:,} credits leaves {max(0, available):,}", "--max-credits", available
    )


def _month_limit(connection: Connection, budget: Budget, now: datetime) -> Refused | None:
    if budget.monthly_credits is None:
        return None
    available = budget.monthly_credits - _spent(connection, period_of(now))
    return Refused(
        f"the month's budget of {budget.monthly_credits:,} credits leaves {max(0, available):,}",
        "budget.monthly_credits",
        available,
    )


def _lane_limit(
    connection: Connection, lane: str, budget: Budget, account: Account | None, now: datetime
) -> Refused | None:
    total = budget.monthly_credits or (account.credits_limit if account else None)
    share = budget.lane_shares.get(lane, 1.0)  # type: ignore[call-overload]
    if total is None or share >= 1:
        return None
    available = int(total * share) - _spent(connection, period_of(now), lane)
    return Refused(
        f"the {lane} lane's share of {share:.0%} of {total:,} credits leaves {max(0, available):,}",
        f"budget.lane_shares.{lane}",
        available,
    )


def _account_limit(account: Account | None) -> Refused | None:
    if account is None or account.available_credits is None:
        return None
    return Refused(
        f"the account has {max(0, account.available_credits):,} credits left in this billing cycle",
        "the vendor's plan (or wait for the next billing cycle)",
        account.available_credits,
    )


def _spent(connection: Connection, period: str, lane: str | None = None) -> int:
    statement = select(func.coalesce(func.sum(Spend.settled_credits + Spend.reserved_credits), 0)).where(
        Spend.period == period
    )
    if lane is not None:
        statement = statement.where(Spend.lane == lane)
    return int(connection.execute(statement).scalar_one())


def _others_in_flight(connection: Connection) -> bool:
    statement = select(Charge.holder).where(Charge.state == ChargeState.RESERVED, Charge.outcome.is_(None)).distinct()
    return any(not is_dead(holder) for holder in connection.execute(statement).scalars())


def _rate_pause_seconds(connection: Connection, account: Account | None, now: datetime) -> float:
    if account is None:
        return 0.0
    rates = ((1, account.requests_per_second), (60, account.requests_per_minute), (3600, account.requests_per_hour))
    return max((_pause(connection, now, seconds, most) for seconds, most in rates if most), default=0.0)


def _pause(connection: Connection, now: datetime, window_seconds: int, most: int) -> float:
    """Seconds until fewer than `most` requests lie in the window: the `most`-th latest one has to leave it."""
    statement = select(Charge.requested_at).order_by(Charge.requested_at.desc()).offset(most - 1).limit(1)
    earlier = connection.execute(statement).scalar()
    if earlier is None:
        return 0.0
    free_at = earlier + timedelta(seconds=window_seconds + RATE_MARGIN_SECONDS)
    return max(0.0, (free_at - now).total_seconds())


def _reserve(connection: Connection, holder: str, ask: Ask, now: datetime) -> int:
    result = connection.execute(
        insert(Charge).values(
            run_id=ask.run_id,
            lane=ask.lane,
            period=period_of(now),
            window_id=ask.window_id,
            sequence=ask.sequence,
            holder=holder,
            requested_at=now,
            reserved_credits=ask.worst_credits,
            state=ChargeState.RESERVED,
        )
    )
    _count(connection, ask.run_id, ask.lane, period_of(now), reserved=ask.worst_credits, requests=1)
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _close(
    connection: Connection,
    charge_id: int,
    state: ChargeState,
    credits: int,
    rows: int,
    source: str | None,
    outcome: str,
    now: datetime,
) -> None:
    charge = connection.execute(
        select(Charge.run_id, Charge.lane, Charge.period, Charge.reserved_credits).where(
            Charge.id == charge_id, Charge.state == ChargeState.RESERVED
        )
    ).one_or_none()
    if charge is None:
        return
    connection.execute(
        update(Charge)
        .where(Charge.id == charge_id)
        .values(state=state, charged_credits=credits, charge_source=source, settled_at=now, outcome=outcome)
    )
    _count(
        connection,
        charge.run_id,
        charge.lane,
        charge.period,
        reserved=-charge.reserved_credits,
        settled=credits,
        rows=rows,
    )


def _count(
    connection: Connection,
    run_id: str,
    lane: str,
    period: str,
    *,
    reserved: int = 0,
    settled: int = 0,
    requests: int = 0,
    rows: int = 0,
) -> None:
    changed = connection.execute(
        update(Spend)
        .where(Spend.period == period, Spend.lane == lane)
        .values(
            reserved_credits=Spend.reserved_credits + reserved,
            settled_credits=Spend.settled_credits + settled,
            requests=Spend.requests + requests,
            rows=Spend.rows + rows,
        )
    )
    if changed.rowcount == 0:
        connection.execute(
            insert(Spend).values(
                period=period,
                lane=lane,
                reserved_credits=reserved,
                settled_credits=settled,
                requests=requests,
                rows=rows,
            )
        )
    connection.execute(
        update(Run)
        .where(Run.run_id == run_id)
        .values(
            reserved_credits=Run.reserved_credits + reserved,
            settled_credits=Run.settled_credits + settled,
            requests=Run.requests + requests,
        )
    )
