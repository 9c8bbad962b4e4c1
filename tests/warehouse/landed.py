"""The ledger's landed pages, in small."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from include.warehouse import Warehouse
from tests.warehouse.batches import NOON, at

HOUR = timedelta(hours=1)
TEXTS = ("symbol", "interval", "page_path", "page_sha256", "source", "window_id", "run_id", "lane")
PAGES = pa.schema(
    [
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.uint64()) for name in ("page_number", "page_rows", "request_id")),
        *((name, pa.timestamp("s", "UTC")) for name in ("window_start", "window_end")),
        *((name, pa.timestamp("ms", "UTC")) for name in ("known_at", "requested_at", "received_at", "ledger_as_of")),
        ("charged_credits", pa.int64()),
    ]
)


def page(number: int, known_at: datetime, source: str = "kalshi", **more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTC", "interval": "1h", "page_path": f"p{number}", "page_sha256": "ab", "page_number": number,
        "page_rows": 2, "source": source, "window_id": "w", "window_start": NOON - HOUR, "window_end": NOON + 2 * HOUR,
        "run_id": "r", "lane": "hourly", "request_id": 10 + number, "requested_at": known_at, "received_at": known_at,
        "known_at": known_at, "charged_credits": 56, "ledger_as_of": at(9),
    } | more  # fmt: skip


def store(warehouse: Warehouse, *pages: dict[str, Any]) -> None:
    warehouse.store_pages(pa.Table.from_pylist(list(pages), PAGES))
