"""The columns of the resulting tables, in Arrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from include.quality.open_interest.fields import NUMBER_FIELDS

MILLIS: Any = pa.timestamp("ms", "UTC")
WORD: Any = pa.dictionary(pa.int32(), pa.string())
BUCKET: Any = pa.struct(
    [
        ("symbol", pa.string()),
        ("source", pa.string()),
        ("interval", pa.string()),
        ("timestamp", pa.timestamp("s", "UTC")),
    ]
)

ACCEPTED = pa.schema(
    [
        ("timestamp", pa.timestamp("s", "UTC")),
        ("symbol", WORD),
        ("source", WORD),
        ("interval", WORD),
        *((field, pa.float64()) for field in NUMBER_FIELDS),
        ("known_at", MILLIS),
    ]
)
QUARANTINE = pa.schema(
    [
        ("quarantine_id", pa.string()),
        ("batch_id", pa.string()),
        ("window_id", pa.string()),
        ("page_path", pa.string()),
        ("row_index", pa.int32()),
        ("symbol", pa.string()),
        ("source", pa.string()),
        ("interval", pa.string()),
        ("timestamp_text", pa.string()),
        ("covers", pa.list_(BUCKET)),
        ("rules", pa.list_(pa.string())),
        ("raw", pa.string()),
        ("known_at", MILLIS),
    ]
)
DQ = pa.schema(
    [
        ("validated_at", MILLIS),
        ("batch_id", pa.string()),
        ("suite", pa.string()),
        ("rule", pa.string()),
        ("level", pa.string()),
        ("severity", pa.string()),
        ("expectation", pa.string()),
        ("column", pa.string()),
        ("success", pa.bool_()),
        ("errored", pa.bool_()),
        ("element_count", pa.int64()),
        ("unexpected_count", pa.int64()),
        ("missing_count", pa.int64()),
        ("observed_value", pa.string()),
        ("sample", pa.string()),
        ("error", pa.string()),
        ("kwargs", pa.string()),
    ]
)
