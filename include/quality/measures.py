"""The frame that the row rules judge: what was received beside what was requested, and what follows from both."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from include.quality.parsed_batch import NO_TIME, Codes, Floats, Ints, ParsedBatch, microseconds
from include.quality.values import ParseStatus

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

KALSHI = "kalshi"
KALSHI_TOLERANCE_USD = 0.01
KALSHI_TOLERANCE_SHARE = 1e-6


def measures(batch: ParsedBatch, series_of: Ints, order: Ints) -> pd.DataFrame:
    """The columns named in `rules.MEASURES`, row for row; `order` sorts the rows by series.

    Texts are categories and numbers float64: on other types the expectations are ten to a hundred times slower.
    """
    import pandas as pd

    oi, usd = batch.open_interest, batch.open_interest_usd
    kalshi = _is_kalshi(batch)
    texts = {"symbol": batch.symbol, "source": batch.source, "interval": batch.interval}
    columns: dict[str, object] = {}
    for field, text in texts.items():
        columns[field] = _category(text.codes, text.words)
        columns[f"asked_{field}"] = _category(text.asked, text.words)
    return pd.DataFrame(
        {
            **columns,
            "timestamp_reading": _category_of(batch.timestamp_status),
            "epoch_seconds": _where_timed(batch, batch.timestamp),
            "seconds_off_grid": _seconds_off_grid(batch),
            "seconds_ahead": _seconds_ahead(batch),
            "open_interest_reading": _category_of(oi.statuses),
            "open_interest": oi.values,
            "open_interest_usd_reading": _category_of(usd.statuses),
            "open_interest_usd": usd.values,
            "kalshi_usd_error": _kalshi_usd_error(oi.values, usd.values, kalshi),
            "implied_price_ratio": _implied_price_ratio(oi.values, usd.values, kalshi, series_of, order),
        },
        copy=False,
    )


def _category(codes: Codes | npt.NDArray[np.int8], words: list[str]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(words), validate=False)


def _category_of(codes: npt.NDArray[np.int8]) -> pd.Categorical:
    return _category(codes, [status.word for status in ParseStatus])


def _seconds_off_grid(batch: ParsedBatch) -> Floats:
    step = batch.of_page(lambda page: page.stream.interval.seconds * 1_000_000)
    return _where_timed(batch, batch.timestamp % step)


def _seconds_ahead(batch: ParsedBatch) -> Floats:
    """How much later than the receipt of its page a row is dated; negative for the past."""
    received = batch.of_page(lambda page: microseconds(page.received_at))
    return _where_timed(batch, np.where(batch.timestamp == NO_TIME, 0, batch.timestamp) - received)


def _where_timed(batch: ParsedBatch, us: Ints) -> Floats:
    seconds = us / 1e6
    seconds[batch.timestamp == NO_TIME] = np.nan
    return seconds


def _is_kalshi(batch: ParsedBatch) -> npt.NDArray[np.bool_]:
    table = np.array([*(word == KALSHI for word in batch.source.words), False])
    return table[batch.source.codes]


def _kalshi_usd_error(oi: Floats, usd: Floats, kalshi: npt.NDArray[np.bool_]) -> Floats:
    """How far USD is from contracts x $1, in tolerances; NaN off Kalshi and where a value is missing."""
    error = np.full(len(oi), np.nan)
    contracts = oi[kalshi]
    tolerance = np.maximum(KALSHI_TOLERANCE_USD, np.abs(contracts) * KALSHI_TOLERANCE_SHARE)
    with np.errstate(over="ignore"):
        error[kalshi] = np.abs(usd[kalshi] - contracts) / tolerance
    return error


def _implied_price_ratio(
    oi: Floats, usd: Floats, kalshi: npt.NDArray[np.bool_], series_of: Ints, order: Ints
) -> Floats:
    """USD per unit over the median of its series; NaN on Kalshi and where either value is missing or not positive."""
    ratio = np.full(len(oi), np.nan)
    priced = order[(~kalshi & (oi > 0) & (usd > 0))[order]]
    with np.errstate(over="ignore"):
        prices = usd[priced] / oi[priced]
        for part in _stretches(series_of[priced]):
            ratio[priced[part]] = prices[part] / np.median(prices[part])
    return ratio


def _stretches(sorted_codes: Ints) -> list[slice]:
    """The slices of equal codes, which are sorted."""
    if not len(sorted_codes):
        return []
    bounds = [0, *(np.flatnonzero(np.diff(sorted_codes)) + 1).tolist(), len(sorted_codes)]
    return [slice(a, b) for a, b in pairwise(bounds)]
