"""The errors of the page, and the few more that the vendor's other pages name; none of them costs credits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from include.simulator.plans import plan_that_reaches

UPGRADE_URL = "https://kwery.xyz/pricing"


class ApiError(Exception):
    """An answer other than 200: `{"error": code, "message": text}` plus what else the body or headers carry."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None, **fields: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": code, "message": message, **fields}
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            self.body["retry_after"] = retry_after
            self.headers["Retry-After"] = str(retry_after)


def invalid_symbol(symbol: str | None, known: Iterable[str]) -> ApiError:
    said = "The symbol parameter is missing." if not symbol else f"Symbol {symbol!r} is not recognized."
    return ApiError(400, "invalid_symbol", f"{said} Known symbols: {', '.join(known)}.")


def invalid_source(source: str, known: Iterable[str]) -> ApiError:
    return ApiError(400, "invalid_source", f"Source {source!r} is not one of {', '.join(known)}.")


def invalid_interval(interval: str, known: Iterable[str]) -> ApiError:
    return ApiError(400, "invalid_interval", f"Interval {interval!r} is not one of {', '.join(known)}.")


def invalid_time_range(message: str) -> ApiError:
    return ApiError(400, "invalid_time_range", message)


def invalid_parameter(message: str) -> ApiError:
    return ApiError(400, "invalid_parameter", message)


def invalid_cursor(reason: str) -> ApiError:
    return ApiError(400, "invalid_cursor", f"The after parameter {reason}. Start again from the last row received.")


def unauthorized() -> ApiError:
    return ApiError(401, "unauthorized", "Missing or invalid api-key. Send it in the X-API-Key header.")


def range_too_long(plan: str, depth_days: int, asked_days: float) -> ApiError:
    """The range alone is longer than the plan's history (400, the documented `invalid_time_range`)."""
    return ApiError(
        400,
        "invalid_time_range",
        f"The range spans {asked_days:.1f} days and exceeds the {depth_days} days of history of the {plan} plan.",
        required_tier=plan_that_reaches(asked_days),
        upgrade_url=UPGRADE_URL,
    )


def too_deep(plan: str, depth_days: int, asked_days: float) -> ApiError:
    """The range begins before the plan's history (403, the page's `tier_restricted`)."""
    return ApiError(
        403,
        "tier_restricted",
        f"start is {asked_days:.1f} days ago; the {plan} plan allows {depth_days} days of history.",
        required_tier=plan_that_reaches(asked_days),
        upgrade_url=UPGRADE_URL,
    )


def credits_exhausted(cost: int, remaining: int) -> ApiError:
    return ApiError(
        402,
        "credits_exhausted",
        f"The answer costs {cost} credits and {remaining} remain in this billing cycle. See /v1/limits.",
        upgrade_url=UPGRADE_URL,
    )


def rate_limited(wait_seconds: int) -> ApiError:
    message = f"You have exceeded your plan's request rate. Retry after {wait_seconds} s."
    return ApiError(429, "rate_limited", message, retry_after=wait_seconds)


def internal_error() -> ApiError:
    return ApiError(500, "internal_error", "Something went wrong on our side. Retry with backoff.")


def unavailable(wait_seconds: int) -> ApiError:
    return ApiError(503, "unavailable", "The service is temporarily unavailable.", retry_after=wait_seconds)
