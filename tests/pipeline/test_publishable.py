"""What passes the rules can be published: whatever a row holds, it is stored as it is or it is in quarantine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.domain.clock import EPOCH, STORABLE_UNTIL, iso
from include.domain.market import Interval, Stream
from include.quality.model import PageInput
from include.quality.validation import validate
from include.settings import load_settings
from include.settings.quality import Quality
from include.warehouse.connect import open_warehouse
from tests.pipeline.conftest import NOW

QUALITY = Quality(max_bad_share=1.0)
FIRST, LAST = EPOCH, STORABLE_UNTIL - timedelta(seconds=2**32 % 86_400)
MOMENTS = [
    *("0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "1960-01-01T00:00:00Z", "1969-12-31T00:00:00Z"),
    *(iso(FIRST), "1970-01-02T00:00:00Z", "2026-03-07T00:00:00Z", iso(LAST)),
    *("2106-02-08T00:00:00Z", "2299-12-31T00:00:00Z", "9999-12-31T00:00:00Z", 0, 4_294_944_000, -86_400, 1e18),
]
VALUES = [0, -0.0, 5e-324, 0.1, 1e15, 1.7e308, "1e5", "NaN", 10**400, "\x00", "9" * 5000]
TEXTS = ["BTC", "B\x00TC", "\ud800", "BTC\u202e", "", "x" * 100_000]


def page(window_id: str, rows: list[dict[str, object]]) -> PageInput:
    received_at = datetime(2299, 1, 1, tzinfo=UTC)  # so that nothing lies in the future
    stream = Stream("BTC", Interval.D1, "binance_futures")
    body = json.dumps({"data": rows}).encode()
    return PageInput(f"{window_id}.json", window_id, stream, EPOCH, STORABLE_UNTIL, received_at, NOW, body)


def row(**fields: object) -> dict[str, object]:
    plain = {"timestamp": "2026-03-07T00:00:00Z", "symbol": "BTC", "source": "binance_futures", "interval": "1d"}
    return plain | {"open_interest": 1.0, "open_interest_usd": None} | fields


def test_any_row_is_stored_unchanged_or_rejected(tmp_path: Path) -> None:
    rows = [row(timestamp=moment) for moment in MOMENTS]
    pages = [page("moments", rows)]
    for number, value in enumerate(VALUES):
        of_day = f"2026-04-{number + 1:02}T00:00:00Z"
        pages.append(page(f"value-{number}", [row(timestamp=of_day, open_interest=value)]))
        pages.append(page(f"usd-{number}", [row(timestamp=of_day.replace("04", "05", 1), open_interest_usd=value)]))
    pages += [page(f"text-{number}", [row(symbol=text, source=text)]) for number, text in enumerate(TEXTS)]
    (tmp_path / "pipeline.yaml").touch()
    settings = load_settings({"OI_HOME": str(tmp_path / "oi"), "OI_CONFIG": str(tmp_path / "pipeline.yaml")})

    result = validate("batch", pages, QUALITY)
    with open_warehouse(settings) as warehouse:
        published = warehouse.publish("batch", result.accepted, result.quarantine, result.dq)
        _, stored = warehouse.query_rows("SELECT timestamp, open_interest FROM market.open_interest")

    assert (published.received, published.quarantined) == (result.accepted.num_rows, result.quarantine.num_rows)
    expected = zip(result.accepted["timestamp"].to_pylist(), result.accepted["open_interest"].to_pylist(), strict=True)
    assert sorted(stored) == sorted(set(expected))
    assert {FIRST, LAST} <= {moment for moment, _ in stored}
    assert not {moment for moment, _ in stored if not FIRST <= moment <= LAST}
