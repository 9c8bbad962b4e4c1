"""The rules that every row of open interest is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.quality.gx_library import expectations
from include.quality.measures import PLACE_MEASURES
from include.quality.rules import Rule, columns_as_expected, is_not, place_rules
from include.quality.values import ParseStatus

if TYPE_CHECKING:
    from include.settings.quality import Quality

MEASURES = (
    *PLACE_MEASURES,
    "open_interest_reading",
    "open_interest",
    "open_interest_usd_reading",
    "open_interest_usd",
    "kalshi_usd_error",
    "implied_price_ratio",
)
"""The columns of the frame that these rules judge."""


def row_rules(settings: Quality) -> tuple[Rule, ...]:
    """All rules on a row: on its place, on its open interest, and on its worth in US dollars."""
    return (
        *place_rules(),
        *_open_interest_rules(settings),
        *_usd_rules(settings),
        columns_as_expected(MEASURES),
    )


def _open_interest_rules(settings: Quality) -> tuple[Rule, ...]:
    field, most, gxe = "open_interest", settings.max_open_interest, expectations()
    return (
        Rule(f"{field}_present", "The row has an open interest.", is_not(field, ParseStatus.MISSING)),
        Rule(
            f"{field}_numeric",
            "The open interest is a number or a numeric text.",
            is_not(field, ParseStatus.UNREADABLE),
        ),
        Rule(f"{field}_finite", "The open interest is finite.", is_not(field, ParseStatus.NOT_FINITE)),
        Rule(
            f"{field}_in_range",
            f"The open interest is at least 0 and at most {most:g}.",
            gxe.ExpectColumnValuesToBeBetween(column=field, min_value=0, max_value=most),
        ),
    )


def _usd_rules(settings: Quality) -> tuple[Rule, ...]:
    field, words, gxe = "open_interest_usd", "USD open interest, if any,", expectations()
    most, band = settings.max_open_interest_usd, settings.implied_price_band
    return (
        Rule(f"{field}_numeric", f"The {words} is a number or a numeric text.", is_not(field, ParseStatus.UNREADABLE)),
        Rule(f"{field}_finite", f"The {words} is finite.", is_not(field, ParseStatus.NOT_FINITE)),
        Rule(
            f"{field}_in_range",
            f"The {words} is at least 0 and at most {most:g}.",
            gxe.ExpectColumnValuesToBeBetween(column=field, min_value=0, max_value=most),
        ),
        Rule(
            "kalshi_usd_is_contracts",
            "On Kalshi the USD open interest, if any, is the contracts x $1, within 1 cent or 1 in a million.",
            gxe.ExpectColumnValuesToBeBetween(column="kalshi_usd_error", max_value=1),
        ),
        Rule(
            "implied_price_in_band",
            f"USD per unit is within a factor {band:g} of its series' median in the batch; "
            "else the unit may have changed.",
            gxe.ExpectColumnValuesToBeBetween(column="implied_price_ratio", min_value=1 / band, max_value=band),
            "warn",
        ),
    )
