from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.ledger.credits.account import Account
from include.ledger.credits.limits import limits_at
from include.ledger.credits.spend_position import SpendPosition
from include.planning.credits.billing_cycle import Cycle, cycle_of
from include.planning.credits.lanes import Lanes, share_out
from include.settings.budget import Budget
from tests.examples import examples

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARCH = cycle_of(START, 1)
LAST_DAYS = MARCH.end - timedelta(days=5)
MILLION = 1_000_000
DEFAULTS = Budget()


@dataclass
class Month:
    """A cycle lived through hour by hour: what each lane asks, and what the rules leave it."""

    allowance: int
    budget: Budget = DEFAULTS
    cycle: Cycle = MARCH
    stolen: int = 0
    """What somebody else used of the account."""
    spent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("hourly", "daily", "backfill"), 0))
    refused: list[tuple[str, datetime]] = field(default_factory=list)
    backfilled: list[datetime] = field(default_factory=list)

    def lanes(self, now: datetime) -> Lanes:
        return share_out(self.allowance, self.spent, self.budget, self.cycle, now)

    @property
    def left(self) -> int:
        return self.allowance - sum(self.spent.values()) - self.stolen

    def may_use(self, lane: str, now: datetime) -> int:
        """By the check that is made before each request."""
        account = Account("test", credits_limit=self.allowance, read_at=now, available_credits=self.left)
        position = SpendPosition(self.cycle, account, self.spent, run_cap=None, run_spent=0)
        return min(limit.available_credits for limit in limits_at(position, lane, self.budget, now))

    def ask(self, lane: str, credits: int, now: datetime) -> None:
        if credits <= self.may_use(lane, now):
            self.spent[lane] += credits
        else:
            self.refused.append((lane, now))

    def take_all(self, now: datetime) -> None:
        """A greedy backfill."""
        taken = max(0, self.may_use("backfill", now))
        self.spent["backfill"] += taken
        if taken:
            self.backfilled.append(now)

    def live(self, hourly: int, daily: int, until: datetime | None = None) -> Month:
        """The backfill takes all that it may before and after each hourly run."""
        now = self.cycle.start
        while now < (until or self.cycle.end):
            self.take_all(now)
            self.ask("hourly", hourly, now + HOUR / 12)
            if daily and now.hour == 0:
                self.ask("daily", daily, now + HOUR / 3)
            self.take_all(now + HOUR / 2)
            now += HOUR
        return self


def test_a_greedy_backfill_never_stops_a_live_run() -> None:
    month = Month(10 * MILLION).live(hourly=990, daily=540)
    assert month.refused == []
    assert month.spent["hourly"] == 31 * 24 * 990
    assert month.left >= 500_000


def test_unused_live_credits_go_to_backfill_only_near_the_end() -> None:
    before = Month(10 * MILLION).live(990, 540, until=LAST_DAYS)
    assert before.spent["backfill"] == 3_500_000
    whole = Month(10 * MILLION).live(990, 540)
    live = whole.spent["hourly"] + whole.spent["daily"]
    unused = 6 * MILLION - live
    assert 3_500_000 + 0.99 * unused < whole.spent["backfill"] <= 3_500_000 + unused


def test_it_flows_in_a_straight_line_with_the_days_left() -> None:
    month = Month(10 * MILLION, spent={"hourly": 0, "daily": 0, "backfill": 0})
    kept = [month.lanes(LAST_DAYS + days * DAY).kept["hourly"] for days in (-20, 0, 1, 2.5, 5)]
    assert kept == [5 * MILLION, 5 * MILLION, 4 * MILLION, 2_500_000, 0]
    assert month.lanes(LAST_DAYS + DAY).released == 1_200_000


@pytest.mark.parametrize("hourly", [2000, 4000, 8000, 12_000])
def test_an_expensive_hourly_lane_stops_the_backfill_in_time(hourly: int) -> None:
    """At 12,000 an hour it needs 89 % of the allowance, where its share is 20 %."""
    month = Month(10 * MILLION, Budget(lane_shares={"hourly": 0.2, "daily": 0.0, "backfill": 0.05})).live(hourly, 0)
    assert month.refused == []


def test_an_unaffordable_hourly_lane_stops_long_after_the_backfill() -> None:
    month = Month(150_000).live(hourly=990, daily=540)
    assert {lane for lane, _ in month.refused} == {"hourly", "daily"}
    first = min(when for lane, when in month.refused if lane == "hourly")
    assert month.backfilled == [START]  # before the need of hourly runs is known
    assert first > START + 3 * DAY


def test_when_somebody_else_uses_the_key_the_backfill_gives_way_first() -> None:
    month = Month(10 * MILLION).live(990, 540, until=START + 10 * DAY)
    month.spent["backfill"] = 0
    now = START + 10 * DAY
    assert month.may_use("backfill", now) == 3_500_000
    month.stolen = month.left - 6_000_000
    assert month.may_use("backfill", now) < 0
    assert month.may_use("daily", now) > 540
    month.stolen = 9_500_000 - sum(month.spent.values()) - 990
    assert (month.may_use("daily", now) < 0, month.may_use("hourly", now)) == (True, 990)


def test_daily_leaves_what_hourly_keeps_and_hourly_the_reserve() -> None:
    lanes = Month(1000).lanes(START)
    assert (lanes.reserve, lanes.kept) == (50, {"hourly": 500, "daily": 100})
    assert [lanes.withheld(lane) for lane in ("hourly", "daily", "backfill")] == [50, 550, 650]


def test_one_dear_run_at_the_start_of_a_cycle_is_no_pace() -> None:
    month = Month(10 * MILLION)
    month.ask("hourly", 34_000, START + HOUR / 12)
    assert month.lanes(START + HOUR).kept["hourly"] == 5 * MILLION - 34_000


parts = st.lists(st.integers(0, 20), min_size=4, max_size=4)


def test_no_lane_keeps_more_than_the_allowance() -> None:
    month = Month(100 * MILLION)
    month.spent["hourly"] = 60 * MILLION
    assert month.lanes(START + HOUR).kept["hourly"] == 100 * MILLION
    assert month.may_use("backfill", START + HOUR) <= 0


@hypothesis_settings(max_examples=examples(100))
@given(
    allowance=st.integers(100_000, 20 * MILLION),
    parts=parts,
    release=st.floats(0.5, 28),
    hourly_part=st.floats(0.05, 1.5),
    day=st.integers(1, 28),
    month=st.integers(1, 12),
)
def test_no_settings_let_a_backfill_starve_the_hourly_lane(
    allowance: int, parts: list[int], release: float, hourly_part: float, day: int, month: int
) -> None:
    """`hourly_part`: what the hourly runs of the cycle cost, beside the hourly share."""
    total = sum(parts) + 1
    hourly, daily, backfill, reserve = (part / total for part in parts)
    shares = {"hourly": hourly, "daily": daily, "backfill": backfill}
    budget = Budget(lane_shares=shares, reserve_share=reserve, release_days=release)
    cycle = cycle_of(datetime(2026, month, 28, tzinfo=UTC), day)
    lived = Month(allowance, budget, cycle)
    price = int(lived.lanes(cycle.start).shares["hourly"] * hourly_part / (24 * cycle.days))
    lived.live(price, daily=0)
    assert sum(lived.spent.values()) <= allowance - lived.lanes(cycle.start).reserve
    if price * (cycle.days + 2) * 24 <= allowance * (1 - reserve - backfill):
        assert lived.refused == []
    for _, when in lived.refused:
        assert not any(taken > when - DAY for taken in lived.backfilled)
