"""The account endpoints, in the shapes of the live service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from include.domain.clock import iso
from include.domain.market import SOURCES, Interval
from include.simulator.accounts import Account
from include.simulator.catalogue import SOURCE_LABELS, Catalogue, SymbolEntry
from include.simulator.errors import invalid_cursor, invalid_parameter
from include.simulator.plans import PLANS

_INTERVALS = [interval.value for interval in Interval]
_STATUS_LINES = 50
_MOST_STATUS_LINES = 200


def check(name: str, parameters: Mapping[str, str]) -> None:
    """Raises 400 for a `limit` of `/v1/status` outside 1 to 200, or a malformed `after` of `/v1/symbols`."""
    if name == "symbols" and not parameters.get("after", "0").isdecimal():
        raise invalid_cursor("is not a cursor")
    text = parameters.get("limit", str(_STATUS_LINES))
    if name == "status" and text not in map(str, range(1, _MOST_STATUS_LINES + 1)):
        raise invalid_parameter(f"limit {text!r} is not a whole number from 1 to {_MOST_STATUS_LINES}.")


def body(
    name: str,
    account: Account,
    catalogue: Catalogue,
    parameters: Mapping[str, str],
    now: datetime,
    symbols_per_page: int | None = None,
) -> dict[str, Any]:
    """The body of `/v1/<name>`; call it after the charge, which `/v1/limits` shows."""
    match name:
        case "limits":
            return limits(account, now)
        case "sources":
            return sources(catalogue, now)
        case "symbols":
            return symbols(catalogue, now, parameters, symbols_per_page)
        case _:
            return status(catalogue, parameters, now)


def limits(account: Account, now: datetime) -> dict[str, Any]:
    """`/v1/limits`: max_history_days null is full history."""
    plan = account.plan
    return {
        "plan": plan.name,
        "credits": {
            "used": account.used_credits(now),
            "limit": account.allowance_credits,
            "remaining": account.remaining_credits(now),
        },
        "rate_limits": {rate.field: rate.requests for rate in plan.rates},
        "features": {"open_interest": True, "funding": False, "trades": False, "snapshots": False},
        "max_rows_per_request": plan.max_rows,
        "max_history_days": plan.history_days,
    }


def sources(catalogue: Catalogue, now: datetime) -> dict[str, Any]:
    """`/v1/sources`."""
    depths = {plan.name: f"{plan.history_days} days" if plan.history_days else "full" for plan in PLANS.values()}
    return {
        "sources": [
            {
                "source": source,
                "label": SOURCE_LABELS[source],
                "symbols": catalogue.symbols_of(source, now),
                "intervals": _INTERVALS,
                "endpoints": ["open-interest"],
                "tier_requirements": {"open-interest": depths},
            }
            for source in SOURCES
        ]
    }


def symbols(
    catalogue: Catalogue, now: datetime, parameters: Mapping[str, str], symbols_per_page: int | None
) -> dict[str, Any]:
    """`/v1/symbols`; in pages, `after` is `meta.next_cursor` of the page before."""
    listed = list(catalogue.listed(now))
    if symbols_per_page is None:
        return {"symbols": _symbols(listed)}
    first = int(parameters.get("after", "0"))
    until = first + symbols_per_page
    more = until < len(listed)
    meta = {"next_cursor": str(until) if more else None, "has_more": more, "total": len(listed)}
    return {"symbols": _symbols(listed[first:until]), "meta": meta}


def _symbols(entries: Sequence[SymbolEntry]) -> list[dict[str, Any]]:
    return [
        {
            "symbol": entry.symbol,
            "name": entry.name,
            "sources": list(entry.sources),
            "intervals": _INTERVALS,
            "earliest_data": iso(entry.earliest),
        }
        for entry in entries
    ]


def status(catalogue: Catalogue, parameters: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """`/v1/status`: one line per source; `limit` 1 to 200, 50 by default."""
    last_run = iso(Interval.M5.floor(now))
    lines = [
        {
            "source": source,
            "last_run": last_run,
            "status": "ok",
            "rows_inserted": len(catalogue.symbols_of(source, now)),
        }
        for source in SOURCES
    ]
    return {"status": "ok", "ingestion": lines[: int(parameters.get("limit", _STATUS_LINES))]}
