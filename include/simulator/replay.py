"""Recorded series from CSV files, served in place of the generated ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from include.domain.market import SOURCES, Interval, Series
from include.simulator.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("timestamp", "symbol", "source", "interval", "open_interest", "open_interest_usd")


@dataclass(frozen=True, slots=True)
class RecordedSeries:
    """A recorded series; rows are final as recorded, and exist once the clock has reached them."""

    recorded: Rows

    @property
    def first(self) -> int:
        return int(self.recorded.times[0])

    @property
    def last(self) -> int:
        return int(self.recorded.times[-1])

    def rows(self, start: int, end: int, now: float) -> Rows:
        """The rows in `[start, end)` epoch seconds that exist at `now`."""
        times = self.recorded.times
        return self.recorded.where((times >= start) & (times < end) & (times <= now))


def read_folder(folder: Path) -> dict[Series, RecordedSeries]:
    """Every series in the folder's `*.csv` and `*.csv.gz`; where files overlap, the one later by name wins.

    Raises ValueError naming the file and what is wrong with it.
    """
    import pandas as pd

    files = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    if not files:
        raise ValueError(f"{folder} holds no .csv or .csv.gz file; expected columns {', '.join(COLUMNS)}")
    table = pd.concat([_read_file(file) for file in files], ignore_index=True)
    return {_series(key): _recorded(group) for key, group in table.groupby(["symbol", "source", "interval"])}


def _read_file(file: Path) -> pd.DataFrame:
    import pandas as pd

    text = dict.fromkeys(("timestamp", "symbol", "source", "interval"), "str")
    try:
        table = pd.read_csv(file, usecols=list(COLUMNS), dtype={**text, "open_interest": "float64"})
        table["timestamp"] = pd.to_datetime(table["timestamp"], utc=True, format="ISO8601")
    except ValueError as error:
        raise ValueError(
            f"{file} cannot be replayed: {str(error).splitlines()[0]}; expected columns {', '.join(COLUMNS)}"
        ) from None
    for column, known in (("source", set(SOURCES)), ("interval", {i.value for i in Interval})):
        unknown = sorted(set(table[column].dropna()) - known)
        if unknown or table[column].isna().any():
            raise ValueError(f"{file} cannot be replayed: {column} {unknown or 'blank'} is not one of {sorted(known)}")
    return table


def _series(key: object) -> Series:
    symbol, source, interval = cast("tuple[str, str, str]", key)
    return Series(symbol, source, Interval(interval))


def _recorded(group: pd.DataFrame) -> RecordedSeries:
    rows = group.drop_duplicates("timestamp", keep="last").sort_values("timestamp")
    seconds = rows["timestamp"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    numbers = rows[["open_interest", "open_interest_usd"]].to_numpy(dtype=np.float64)
    return RecordedSeries(Rows(seconds, numbers[:, 0].copy(), numbers[:, 1].copy()))
