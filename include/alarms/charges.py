"""Spending that the ledger cannot explain: charges off the price table, and another user of the key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from include.alarms.alarm import Alarm, Severity
from include.domain.facts import DifferingCharge, Excess

if TYPE_CHECKING:
    from include.settings.prices import Prices


def price_drift_alarms(
    charged: Iterable[DifferingCharge], prices: Prices, tolerance: float, span: timedelta
) -> list[Alarm]:
    """Charges of the last `span` that differ from the price table by more than the share `tolerance`.

    An error where they are dearer.
    """
    off = [one for one in charged if abs(_difference(one, prices)) > tolerance * prices.credits(one.rows)]
    dearer = [one for one in off if _difference(one, prices) > 0]
    cheaper = [one for one in off if _difference(one, prices) < 0]
    return [
        _price_drift(group, prices, severity, span)
        for group, severity in ((dearer, Severity.ERROR), (cheaper, Severity.WARNING))
        if group
    ]


def excess(found: Sequence[Excess], prices: Prices, span: timedelta) -> list[Alarm]:
    """Answers of the last `span` that held or cost more than their `limit` allows: an error."""
    if not found:
        return []
    largest = max(found, key=lambda one: one.credits - prices.credits(one.row_limit))
    held = "an answer that is not a page" if largest.rows is None else f"{largest.rows:,} rows"
    return [
        Alarm(
            "excess",
            Severity.ERROR,
            largest.label,
            f"{len(found):,} answers of the last {span // timedelta(hours=1)} hours were larger or dearer than their "
            f"limit allows; here limit {largest.row_limit:,} reserves {prices.credits(largest.row_limit):,} credits by "
            f"the price table, and {held} cost {largest.credits:,}. Requests reserve what was seen for as long as it "
            "lasts; ask the vendor, or set `prices` in pipeline.yaml if they changed",
        )
    ]


def unexplained(credits: int, table_priced: int, tolerance_credits: int) -> list[Alarm]:
    """The account used more than the ledger spent; `table_priced` answers of that time named no charge."""
    if credits <= tolerance_credits:
        return []
    prices = (
        f", or prices have changed: {table_priced:,} answers named no charge and were booked by the price table"
        if table_priced
        else ""
    )
    return [
        Alarm(
            "unexplained",
            Severity.ERROR,
            "account",
            f"it used {credits:,} credits that this ledger did not spend: another program or person uses the key"
            f"{prices}. Find out who; if nobody should, make a new key and set KWERY_API_KEY",
        )
    ]


def _difference(one: DifferingCharge, prices: Prices) -> int:
    return one.credits - prices.credits(one.rows)


def _price_drift(off: Sequence[DifferingCharge], prices: Prices, severity: Severity, span: timedelta) -> Alarm:
    largest = max(off, key=lambda one: abs(_difference(one, prices)))
    total = sum(_difference(one, prices) for one in off)
    return Alarm(
        "price",
        severity,
        largest.label,
        f"{len(off):,} charges of the last {span // timedelta(hours=1)} hours differ from the price table by "
        f"{total:+,} credits together; here {largest.rows:,} rows cost {largest.credits:,} where "
        f"{prices.credits(largest.rows):,} were expected. If the vendor changed its prices, set `prices` in "
        "pipeline.yaml; if not, ask the vendor",
    )
