"""The control surface under `/_simulator/`: no key, no charge, not part of the vendor's API.

GET  /_simulator/                    clock, seed, plan, faults that are on and that exist
POST /_simulator/clock               {"now": "2026-03-08T00:00:00Z"} pins the clock, {"now": null} releases it
POST /_simulator/faults              {"internal_error": 0.3} replaces the faults that are on, {} clears them
GET  /_simulator/accounts            counters of every account, by account id (12 hex digits of the key's SHA-256)
GET  /_simulator/questions?account=  every open-interest request with its fingerprint, status, rows and credits
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from include.domain.clock import iso, read_instant
from include.simulator.accounts import Account
from include.simulator.delivery import simulator_of
from include.simulator.faults import describe_faults
from include.simulator.simulator import Simulator

router = APIRouter(prefix="/_simulator", tags=["simulator"])


class ClockSetting(BaseModel):
    """An instant to pin the clock to, ISO 8601 or Unix time, or null to release it."""

    now: str | float | None


@router.get("/")
async def state(request: Request) -> dict[str, Any]:
    return _state(simulator_of(request))


@router.post("/clock")
async def clock(request: Request, setting: ClockSetting) -> dict[str, Any]:
    simulator = simulator_of(request)
    try:
        simulator.clock.pin(None if setting.now is None else read_instant(setting.now))
    except ValueError as error:
        raise HTTPException(400, str(error)) from None
    return _state(simulator)


@router.post("/faults")
async def faults(request: Request, rates: dict[str, float]) -> dict[str, Any]:
    simulator = simulator_of(request)
    try:
        simulator.faults.turn_on(rates)
    except ValueError as error:
        raise HTTPException(400, str(error)) from None
    return _state(simulator)


@router.get("/accounts")
async def accounts(request: Request) -> dict[str, Any]:
    simulator = simulator_of(request)
    return {name: _counters(account, simulator) for name, account in simulator.accounts.by_id.items()}


@router.get("/questions")
async def questions(request: Request, account: str | None = None) -> list[dict[str, object]]:
    entries = simulator_of(request).journal.entries
    return [asked.as_json() for asked in entries if account in (None, asked.account)]


def _state(simulator: Simulator) -> dict[str, Any]:
    return {
        "now": iso(simulator.clock.now()),
        "pinned": simulator.clock.pinned,
        "plan": simulator.config.plan,
        "seed": simulator.config.seed,
        "faults": simulator.faults.rates,
        "known_faults": describe_faults(),
    }


def _counters(account: Account, simulator: Simulator) -> dict[str, Any]:
    return {
        "plan": account.plan.name,
        "requests": account.requests,
        "refused_by_rate": account.refused,
        "rows": account.rows,
        "credits": account.credits,
        "remaining_credits": account.remaining_credits(simulator.clock.now()),
    }
