"""The accepted rows as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from include.quality.parsed_batch import Ints, ParsedBatch
from include.quality.schemas import ACCEPTED
from include.quality.series import Attribution


def accepted_table(batch: ParsedBatch, attribution: Attribution, rows: Ints) -> pa.Table:
    """The accepted rows, in the order given, under the names that were requested."""
    series = attribution.series
    series_of = attribution.series_of[rows]

    def word(names: list[str]) -> Any:
        words = sorted(set(names))
        codes = np.array([words.index(name) for name in names], np.int32)[series_of]
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string()))

    numbers = {field: of_field.values[rows] for field, of_field in batch.numbers.items()}
    seconds = pa.array(batch.timestamp[rows] // 1_000_000)
    columns: dict[str, Any] = {
        "timestamp": seconds.cast(ACCEPTED.field("timestamp").type),
        "symbol": word([s.symbol for s in series]),
        "source": word([s.source for s in series]),
        "interval": word([s.interval.value for s in series]),
        **{field: pa.array(values, mask=np.isnan(values)) for field, values in numbers.items()},
        "known_at": batch.known_at(rows),
    }
    return pa.Table.from_pydict(columns, schema=ACCEPTED)
