"""A process that publishes a batch to a home that has one already, and is killed in that.

`crashing_publisher.py HOME ROWS [KILL_AT_CALL]`

With a number it kills itself before that call of the client, counted from 0 in the publishing. Without, it says
`publishing` and leaves the killing to its parent.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from include.settings import Settings
from include.settings.warehouse import WarehouseSettings
from include.warehouse import open_warehouse
from tests.warehouse.batches import NOON, Row, accepted, at, dq, quarantine

SOURCES = ("binance_futures", "hyperliquid", "kalshi")


def settings_of(home: Path) -> Settings:
    return Settings(home=home, warehouse=WarehouseSettings(lock_timeout_seconds=60))


def batch(rows: int, minute: int) -> tuple[Any, Any, Any]:
    """`rows` accepted rows over six partitions, known at that minute, and some findings."""
    table = accepted(
        Row(
            timestamp=NOON + timedelta(minutes=5 * (number // 6)),
            source=SOURCES[number % 3],
            interval=("5m", "1h")[number % 2],
            open_interest=float(number + minute),
            open_interest_usd=None if number % 5 == 0 else 2.0 * number,
            known_at=at(minute),
        )
        for number in range(rows)
    )
    return table, quarantine("q1", "q2", batch_id=f"b{minute}"), dq("fresh", "on_grid", batch_id=f"b{minute}")


class KilledAtCall:
    """A client whose process dies before its n-th call."""

    def __init__(self, client: Any, calls: int) -> None:
        self._client = client
        self._left = calls

    def __getattr__(self, name: str) -> Any:
        if name in ("command", "query", "insert_arrow"):
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self._client, name)


def main() -> None:
    home, rows, *kill_at_call = sys.argv[1:]
    tables = batch(int(rows), minute=2)
    with open_warehouse(settings_of(Path(home))) as warehouse:
        if kill_at_call:
            warehouse._session.client = KilledAtCall(warehouse._session.client, int(kill_at_call[0]))
        print("publishing", flush=True)
        warehouse.publish("b2", *tables)
        print("published", flush=True)


if __name__ == "__main__":
    main()
