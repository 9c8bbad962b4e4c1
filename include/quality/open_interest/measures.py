"""The frame that the rules on open interest judge: each row's place, its values, and what follows from them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from include.domain.market import KALSHI
from include.quality.measures import place_measures, reading
from include.quality.parsed_batch import Floats, Ints, ParsedBatch

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

KALSHI_TOLERANCE_USD = 0.01
KALSHI_TOLERANCE_SHARE = 1e-6


def measures(batch: ParsedBatch, series_of: Ints, order: Ints) -> pd.DataFrame:
    """The columns named in `rules.MEASURES`, row for row; `order` sorts the rows by series."""
    import pandas as pd

    columns = place_measures(batch)
    for field, numbers in batch.numbers.items():
        columns[f"{field}_reading"] = reading(numbers.statuses)
        columns[field] = numbers.values
    oi, usd = batch.numbers["open_interest"].values, batch.numbers["open_interest_usd"].values
    kalshi = _is_kalshi(batch)
    columns["kalshi_usd_error"] = _kalshi_usd_error(oi, usd, kalshi)
    columns["implied_price_ratio"] = _implied_price_ratio(oi, usd, kalshi, series_of, order)
    return pd.DataFrame(columns, copy=False)


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
