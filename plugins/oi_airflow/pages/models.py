"""Shapes of JSON answers that no record of the pipeline has already. Credits are whole; times are UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from include.alarms.alarm import Severity
from include.pipeline.monitoring.budget import DaySpending, SymbolShare


class LaneAnswer(BaseModel):
    """What one lane spent in the billing cycle and may still spend; null where no allowance is known."""

    model_config = ConfigDict(extra="forbid")

    lane: str
    live: bool = Field(description="True for hourly and daily, which keep a share of the allowance.")
    share: int | None
    spent: int
    reserved: int = Field(description="For answers in flight or never seen.")
    queued: int = Field(description="The price of open windows.")
    committed: int = Field(description="Reserved and queued.")
    kept: int | None = Field(description="What only this lane, or one that precedes it, may use.")
    may_use: int | None = Field(description="What it may spend now.")
    at_pace: int | None = Field(description="Spent by the cycle's end, at the pace so far.")
    as_planned: int | None = Field(description="Spent by the cycle's end, by the price of staying current.")
    forecast: int
    verdict: str


class BudgetAnswer(BaseModel):
    """The billing cycle, as `./oi budget` shows it.

    It says what a schema must and a BudgetView does not: what each amount means, the figures that a lane works out,
    and how many symbols there are beyond those in the answer. A field that it does not name is refused.
    """

    model_config = ConfigDict(extra="forbid")

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
    reserve: int | None = Field(description="Credits that no lane may spend.")
    released: int | None = Field(description="What flowed to backfill from the shares of hourly and daily.")
    spent: int
    lanes: list[LaneAnswer]
    burn_down: list[DaySpending]
    symbols: list[SymbolShare] = Field(description="The dearest first; `symbols` of the query says how many.")
    symbols_total: int
    notes: list[str]


class AlarmLine(BaseModel):
    """One alarm; `runbook` leads to the page that says what to do."""

    name: str
    severity: Severity
    subject: str
    sentence: str
    runbook: str
