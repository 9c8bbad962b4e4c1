"""The columns that the rules of any dataset judge: what was received beside what was requested.

Texts are categories and numbers float64: on other types the expectations are ten to a hundred times slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.quality.parsed_batch import NO_TIME, Codes, Floats, Ints, ParsedBatch, microseconds
from include.quality.values import ParseStatus

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

PLACE_MEASURES = (
    "timestamp_reading",
    "epoch_seconds",
    "seconds_off_grid",
    "seconds_ahead",
    "symbol",
    "asked_symbol",
    "source",
    "asked_source",
    "interval",
    "asked_interval",
)


def place_measures(batch: ParsedBatch) -> dict[str, object]:
    """The columns named in PLACE_MEASURES, row for row: what places a row, beside what was requested."""
    columns: dict[str, object] = {
        "timestamp_reading": reading(batch.timestamp_status),
        "epoch_seconds": _where_timed(batch, batch.timestamp),
        "seconds_off_grid": _seconds_off_grid(batch),
        "seconds_ahead": _seconds_ahead(batch),
    }
    for field, text in {"symbol": batch.symbol, "source": batch.source, "interval": batch.interval}.items():
        columns[field] = _category(text.codes, text.words)
        columns[f"asked_{field}"] = _category(text.asked, text.words)
    return columns


def reading(statuses: npt.NDArray[np.int8]) -> pd.Categorical:
    """How the parsing of a field ended, as words."""
    return _category(statuses, [status.word for status in ParseStatus])


def _category(codes: Codes | npt.NDArray[np.int8], words: list[str]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(words), validate=False)


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
