"""The snippets of docs/clients.md by heading and language, and a server with a day of rows for them to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from include.settings import ROOT, Settings, WarehouseSettings
from include.warehouse import open_warehouse
from tests.warehouse.batches import NOON, Row, publish
from tests.warehouse.http_server import PASSWORD, READER, READER_PASSWORD, free_port, serving

TEXT = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
HOURS = 12
ROWS = [
    Row(NOON + timedelta(hours=hour), "BTC", source, open_interest=float(hour), open_interest_usd=2.0 * hour)
    for hour in range(HOURS)
    for source in ("hyperliquid", "kalshi")
]


def snippet(heading: str, language: str = "python", number: int = 0) -> str:
    """The code under a heading, up to the next one."""
    section = re.split(r"^#+ ", TEXT.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[number]


@contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """The variables that the snippets read, while a server answers that has ROWS."""
    port = free_port()
    server = WarehouseSettings(host="127.0.0.1", port=port, password=PASSWORD)  # type: ignore[arg-type] # made a secret
    with serving(folder / "server", port):
        with open_warehouse(Settings(home=folder / "home", warehouse=server)) as warehouse:
            publish(warehouse, "b", ROWS)
        yield {
            "CLICKHOUSE_HOST": "127.0.0.1",
            "CLICKHOUSE_PORT": str(port),
            "CLICKHOUSE_READER_USER": READER,
            "CLICKHOUSE_READER_PASSWORD": READER_PASSWORD,
            "DBT_USER": "default",
            "DBT_PASSWORD": PASSWORD,
        }
