"""Rule 6 over millions of rows: each key as of any moment, compared with the query that made the rows."""

from __future__ import annotations

import pytest

from include.warehouse import Warehouse
from tests.warehouse.batches import ACCEPTED_TYPES, dq, quarantine

KEYS = 1_600_000
SOURCES = "['binance_futures', 'hyperliquid', 'kalshi']"
ANSWERS = f"""
    SELECT
        toDateTime('2020-01-01', 'UTC') + toIntervalMinute(5 * intDiv(number, 60)) AS timestamp,
        concat('S', toString(intDiv(number, 3) % 20)) AS symbol,
        {SOURCES}[number % 3 + 1] AS source, '5m' AS interval,
        toFloat64(cityHash64(number, version) % 1000) AS open_interest,
        if(cityHash64(number, version) % 7 = 0, NULL, open_interest * 2) AS open_interest_usd,
        toDateTime64('2026-03-07 00:00:00', 3, 'UTC')
            + toIntervalHour(version) + toIntervalMillisecond(cityHash64(number) % 5400000) AS known_at
    FROM numbers({KEYS})
    ARRAY JOIN range(1 + (number % 4 = 0) + (number % 8 = 0)) AS version
"""
"""Every fourth key was restated, half of those twice; a moment lies between the versions of some keys only."""
COLUMNS = "timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at"
BRUTE_FORCE = f"SELECT {COLUMNS} FROM open_interest_as_of(moment = '{{moment}}')"
MADE = f"""
    SELECT {COLUMNS} FROM ({ANSWERS}) WHERE known_at <= toDateTime64('{{moment}}', 3, 'UTC')
    ORDER BY known_at DESC LIMIT 1 BY source, interval, symbol, timestamp
"""
MOMENTS = [
    "2026-03-06 23:59:59.999",
    "2026-03-07 00:45:00.001",
    "2026-03-07 01:30:00",
    "2026-03-07 02:10:00",
    "2030-01-01",
]


@pytest.mark.soak
def test_each_key_of_millions_is_as_of_any_moment_what_was_known_then(warehouse: Warehouse) -> None:
    for bucket in (3, 0, 4, 1, 2):  # versions of one key in any order, over batches
        sql = f"""
            SELECT * REPLACE toDateTime64(timestamp, 0, 'UTC') AS timestamp FROM ({ANSWERS})
            WHERE cityHash64(symbol, known_at) % 5 = {bucket}
        """
        answers = warehouse._session.client.query_arrow(sql, use_strings=True)
        warehouse.publish(f"b{bucket}", answers.combine_chunks().cast(ACCEPTED_TYPES), quarantine(), dq())

    [(stored,)] = warehouse.query_rows("SELECT count() FROM open_interest_observations")[1]
    assert stored > 2_000_000
    for moment in MOMENTS:
        brute_force, made = BRUTE_FORCE.format(moment=moment), MADE.format(moment=moment)
        [(rows,)] = warehouse.query_rows(f"SELECT count() FROM ({made})")[1]
        assert warehouse.query_rows(f"SELECT count() FROM ({brute_force})")[1] == [(rows,)], moment
        assert warehouse.query_rows(f"SELECT * FROM (({brute_force}) EXCEPT ({made})) LIMIT 3")[1] == [], moment
        assert (rows > 0) == (moment > "2026-03-07")
